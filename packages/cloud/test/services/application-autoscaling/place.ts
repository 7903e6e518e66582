/** What a test of scaling needs: a cloud whose clock it moves, and a service of ECS whose tasks find no instance, so that counts are all that happens. */
import { ApplicationAutoScaling, type StepAdjustment } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatch, type MetricDatum } from "@aws-sdk/client-cloudwatch";
import { servicePrincipal } from "../../../src/identity/principal.ts";
import { startSimulatedServer, type TestServer } from "../../server.ts";
import type { SimulatedWorld } from "../../../src/world/simulated.ts";

export const minuteMs = 60_000;

export const target = {
  ServiceNamespace: "ecs",
  ResourceId: "service/test/web",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;

export interface Place extends AsyncDisposable {
  server: TestServer & { world: SimulatedWorld };
  scaling: ApplicationAutoScaling;
  cloudwatch: CloudWatch;
  desired(service?: string): Promise<number>;
  setDesired(count: number): Promise<void>;
  /** Lets minutes pass, in each of which the service uses so much of its CPU. */
  minutesAtCpu(minutes: number, percent: number): Promise<void>;
  /** The same for a metric of one's own, `App/depth`. */
  minutesAtDepth(minutes: number, depth: number): Promise<void>;
  activities(): Promise<(string | undefined)[][]>;
}

export async function startPlace(desiredCount = 2, startMs?: number): Promise<Place> {
  const server = await startSimulatedServer(1, startMs === undefined ? {} : { startMs });
  const { call } = server;
  await call("ecs", "CreateCluster", { clusterName: "test" });
  await call("ecs", "RegisterTaskDefinition", { family: "web", containerDefinitions: [{ name: "web", image: "web", memory: 128 }] });
  await call("ecs", "CreateService", { cluster: "test", serviceName: "web", taskDefinition: "web", desiredCount, launchType: "EC2" });
  const asEcs = server.cloud.as(servicePrincipal(server.cloud.account, "ecs.amazonaws.com"), server.region);
  const scaling = new ApplicationAutoScaling(server.client);
  const cloudwatch = new CloudWatch(server.client);
  const minutes = async (count: number, report: () => Promise<unknown>) => {
    for (let minute = 0; minute < count; minute++) {
      await report();
      await server.world.clock.advance(minuteMs);
    }
  };
  return {
    server,
    scaling,
    cloudwatch,
    async desired(service = "web") {
      const { services } = await call("ecs", "DescribeServices", { cluster: "test", services: [service] });
      return services![0]!.desiredCount!;
    },
    async setDesired(count) {
      await call("ecs", "UpdateService", { cluster: "test", service: "web", desiredCount: count });
    },
    minutesAtCpu: (count, Value) =>
      minutes(count, () => {
        const Dimensions = [
          { Name: "ClusterName", Value: "test" },
          { Name: "ServiceName", Value: "web" },
        ];
        const datum: MetricDatum & { MetricName: string } = { MetricName: "CPUUtilization", Dimensions, Value, Unit: "Percent" };
        return asEcs("cloudwatch", "PutMetricData", { Namespace: "AWS/ECS", MetricData: [datum] } as never);
      }),
    minutesAtDepth: (count, Value) =>
      minutes(count, () =>
        cloudwatch.putMetricData({
          Namespace: "App",
          MetricData: [{ MetricName: "depth", Value, Timestamp: new Date(server.world.clock.nowMs()) }],
        }),
      ),
    async activities() {
      const { ScalingActivities = [] } = await scaling.describeScalingActivities({ ...target, IncludeNotScaledActivities: true });
      return ScalingActivities.map(({ Description, Cause, StatusCode, NotScaledReasons }) => [
        Description,
        Cause,
        NotScaledReasons?.[0]?.Code ?? StatusCode,
      ]);
    },
    async [Symbol.asyncDispose]() {
      scaling.destroy();
      cloudwatch.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

export const steps = (...StepAdjustments: StepAdjustment[]) => ({ AdjustmentType: "ChangeInCapacity", StepAdjustments }) as const;
