/** A service behind a load balancer whose deployments move requests between two target groups, and what a test sees of it. */
import type { ServiceDeployment } from "@aws-sdk/client-ecs";
import { expect } from "vitest";
import type { Input } from "../../../src/aws.ts";
import { createBalancer, createGroup, listen } from "../elbv2/front.ts";
import type { Place } from "./place.ts";

export type Configuration = NonNullable<Input<"ecs", "CreateService">["deploymentConfiguration"]>;

const web = (text: string) => `
  import { createServer } from "node:http";
  createServer((request, response) => response.end("${text}")).listen(3000);
  process.on("SIGTERM", () => process.exit(0));
`;
export const minuteMs = 60_000;
export const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };

export async function shifting(
  place: Place,
  configuration: Configuration,
  { withTest = false, actions = ["elasticloadbalancing:*"] } = {},
) {
  const { call } = place;
  const front = await createBalancer(call);
  const health = { HealthCheckPath: "/", HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2, HealthyThresholdCount: 2 };
  const groups = [await createGroup(call, "blue", health), await createGroup(call, "green", health)] as const;
  const listener = await listen(call, front, [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }]);
  const rule = async (Priority: number, path: string) => {
    const { Rules } = await call("elbv2", "CreateRule", {
      ListenerArn: listener.arn,
      Priority,
      Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: [path] } }],
      Actions: [
        {
          Type: "forward",
          ForwardConfig: { TargetGroups: groups.map((TargetGroupArn, i) => ({ TargetGroupArn, Weight: i === 0 ? 100 : 0 })) },
        },
      ],
    });
    return Rules![0]!.RuleArn!;
  };
  const testListenerRule = withTest ? await rule(5, "/test") : undefined;
  const productionListenerRule = await rule(10, "/*");
  const { Role } = await call("iam", "CreateRole", {
    RoleName: "moves",
    AssumeRolePolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
    }),
  });
  const allow = (what: string[]) =>
    call("iam", "PutRolePolicy", {
      RoleName: "moves",
      PolicyName: "own",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: what, Resource: "*" }] }),
    });
  await allow(actions);
  const loadBalancers = [
    {
      targetGroupArn: groups[0],
      containerName: "app",
      containerPort: 3000,
      advancedConfiguration: {
        alternateTargetGroupArn: groups[1],
        productionListenerRule,
        ...(testListenerRule !== undefined && { testListenerRule }),
        roleArn: Role!.Arn!,
      },
    },
  ];
  const version = async (text: string, program = web(text)) =>
    place.define({ image: await place.image(text, program), portMappings: [{ containerPort: 3000 }] });
  const create = async (taskDefinition: string, more: Partial<Input<"ecs", "CreateService">> = {}) =>
    call("ecs", "CreateService", {
      cluster: "test",
      serviceName: "web",
      taskDefinition,
      desiredCount: 1,
      launchType: "FARGATE",
      networkConfiguration: place.network,
      loadBalancers,
      deploymentConfiguration: configuration,
      ...more,
    });
  const newest = async (): Promise<ServiceDeployment> => {
    const { serviceDeployments } = await call("ecs", "ListServiceDeployments", { cluster: "test", service: "web" });
    const serviceDeploymentArns = [serviceDeployments![0]!.serviceDeploymentArn!];
    return (await call("ecs", "DescribeServiceDeployments", { serviceDeploymentArns })).serviceDeployments![0]!;
  };
  return {
    ...listener,
    groups,
    rule: productionListenerRule,
    loadBalancers,
    version,
    create,
    allow,
    newest,
    roll: (taskDefinition: string) => call("ecs", "UpdateService", { cluster: "test", service: "web", taskDefinition }),
    service: async () => (await call("ecs", "DescribeServices", { cluster: "test", services: ["web"] })).services![0]!,
    async weights() {
      const { Rules } = await call("elbv2", "DescribeRules", { RuleArns: [productionListenerRule] });
      const found = new Map(Rules![0]!.Actions![0]!.ForwardConfig!.TargetGroups!.map((each) => [each.TargetGroupArn, each.Weight]));
      return groups.map((group) => found.get(group));
    },
    async reaches(what: Partial<Record<"status" | "lifecycleStage", string>>, percent?: number) {
      const look = async () => {
        const { status, lifecycleStage, targetServiceRevision } = await newest();
        return {
          ...(what.status !== undefined && { status }),
          ...(what.lifecycleStage !== undefined && { lifecycleStage }),
          ...(percent !== undefined && { percent: targetServiceRevision!.requestedProductionTrafficWeight }),
        };
      };
      await expect.poll(look, { interval: 20 }).toEqual({ ...what, ...(percent !== undefined && { percent }) });
    },
  };
}

export const text = async (url: string) => (await fetch(url)).text();
