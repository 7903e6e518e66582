/** A service on App Runner itself, for accounts that still have it: in the network through a connector, new versions only by a deploy. Source: aws-recipes §11. */
import { durationSeconds, fargateSize } from "@plinth/language/reading";
import { sub, type Compilation, type Target } from "./compilation.ts";
import type { Environment } from "./environment.ts";
import { type BuiltImage, isPublished } from "./image.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { buildRole, statements } from "./role.ts";
import type { WiredProgram } from "./wiring.ts";
import { scaleOf } from "./scale.ts";
import type { Here, Made, Value } from "./value.ts";

export interface BuiltAppRunner {
  readonly named: Named<"appRunner">;
  readonly service: Made;
}

/** Its public URL. App Runner gives it only when the service stands, so whoever names it stands after it. */
export function appRunnerTarget(made: () => Made): Target {
  return {
    inject: () => ({ kind: "open", value: (here: Here) => sub("https://${Url}", { Url: here.take(made().attribute("ServiceUrl")) }) }),
  };
}

/** Services on App Runner first, each after those that it names. Two that name each other cannot be made: a fault. */
export function appRunnersFirst({ programs, faults }: Pick<Compilation, "programs" | "faults">): WiredProgram[] {
  const ordered = new Set<WiredProgram>();
  const visit = (program: WiredProgram, from: readonly WiredProgram[]): void => {
    if (ordered.has(program)) return;
    if (from.includes(program)) {
      const { key, declared } = program.named;
      const names = from.slice(from.indexOf(program)).map(({ named }) => named.key);
      faults.add({
        code: "in-a-circle",
        key,
        message: `${[...names, key].join(" names ")}: App Runner gives a URL only when the service stands, so leave one of them out, or use runtime: "ecs"`,
        at: declared.source,
      });
      return;
    }
    for (const other of programs) {
      if (other.named.declared.kind === "appRunner" && program.reaches.includes(other.named.declared)) visit(other, [...from, program]);
    }
    ordered.add(program);
  };
  for (const program of programs) if (program.named.declared.kind === "appRunner") visit(program, []);
  return [...ordered, ...programs.filter((program) => !ordered.has(program))];
}

export function buildAppRunner(
  compilation: Compilation,
  named: Named<"appRunner">,
  { image, environment, network, group }: { image: BuiltImage; environment: Environment; network: Network; group: Value },
): BuiltAppRunner {
  const { draft, stem } = compilation;
  const { id, kebab, declared } = named;
  const { options } = declared;
  const own = compilation.origin(named);
  const { override: _, ...origin } = own;
  const { cpu, memoryMib } = fargateSize(options.size ?? "0.25 vCPU, 0.5 GB") ?? { cpu: 256, memoryMib: 512 };
  const scale = scaleOf(options.scale);
  const name = options.name ?? `${stem}-${kebab}`;

  const rights = [...environment.reads, ...environment.grants];
  const instanceRole = buildRole(
    compilation,
    "iam",
    `${id}TaskRole`,
    { ...own, part: "TaskRole" },
    {
      trusts: "tasks.apprunner.amazonaws.com",
      policyName: "act",
      allows: rights.length > 0 ? (here) => statements(here, rights) : undefined,
    },
  );
  const { repository } = image;
  const accessRole =
    repository &&
    buildRole(
      compilation,
      "iam",
      `${id}ExecutionRole`,
      { ...own, part: "ExecutionRole" },
      {
        trusts: "build.apprunner.amazonaws.com",
        policyName: "pull",
        allows: (here) => [
          { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
          {
            Effect: "Allow",
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"],
            Resource: here.take(repository.attribute("Arn")),
          },
        ],
      },
    );
  const connector = draft.add("compute", `${id}Connector`, origin, (here) => ({
    Type: "AWS::AppRunner::VpcConnector",
    Properties: {
      Subnets: network.privateSubnets.map((subnet) => here.take(subnet) as never),
      SecurityGroups: [here.take(group) as never],
    },
  }));
  const scaling = draft.add("compute", `${id}Scaling`, origin, () => ({
    Type: "AWS::AppRunner::AutoScalingConfiguration",
    Properties: { MinSize: scale.min, MaxSize: scale.max },
  }));
  const service = draft.add("compute", id, { ...own, part: "AppRunnerService" }, (here) => {
    const variables = environment.variables(here);
    const secrets = environment.secrets(here) as (
      | { Name: string; ValueFrom: unknown }
      | { "Fn::If": [string, { Name: string; ValueFrom: unknown }, unknown] }
    )[];
    const pair = ({ Name, ValueFrom }: { Name: string; ValueFrom: unknown }) => ({ Name, Value: ValueFrom });
    return {
      Type: "AWS::AppRunner::Service",
      Properties: {
        ServiceName: name,
        SourceConfiguration: {
          AutoDeploymentsEnabled: false,
          ...(accessRole && { AuthenticationConfiguration: { AccessRoleArn: here.take(accessRole.attribute("Arn")) } }),
          ImageRepository: {
            ImageIdentifier: here.take(image.address) as never,
            ImageRepositoryType: isPublished(image.declared, compilation) ? "ECR_PUBLIC" : "ECR",
            ImageConfiguration: {
              Port: String(options.port),
              ...(options.command && { StartCommand: options.command.join(" ") }),
              ...(variables.length > 0 && { RuntimeEnvironmentVariables: variables as never }),
              ...(secrets.length > 0 && {
                RuntimeEnvironmentSecrets: secrets.map((entry) =>
                  "Fn::If" in entry ? { "Fn::If": [entry["Fn::If"][0], pair(entry["Fn::If"][1]), entry["Fn::If"][2]] } : pair(entry),
                ) as never,
              }),
            },
          },
        },
        InstanceConfiguration: {
          Cpu: String(cpu),
          Memory: String(memoryMib),
          InstanceRoleArn: here.take(instanceRole.attribute("Arn")),
        },
        HealthCheckConfiguration: healthCheck(options.health),
        AutoScalingConfigurationArn: here.take(scaling.attribute("AutoScalingConfigurationArn")),
        NetworkConfiguration: {
          EgressConfiguration: { EgressType: "VPC", VpcConnectorArn: here.take(connector.attribute("VpcConnectorArn")) },
        },
      },
    };
  });
  return { named, service };
}

/** A path that answers 200, or a port that opens. */
function healthCheck(health: Named<"appRunner">["declared"]["options"]["health"]) {
  const path = typeof health === "string" ? health : health && "path" in health ? health.path : undefined;
  if (path === undefined) return { Protocol: "TCP" };
  const asked = typeof health === "object" && "path" in health ? health : undefined;
  return {
    Protocol: "HTTP",
    Path: path,
    Interval: Math.min(20, durationSeconds(asked?.every ?? "10 seconds") ?? 10),
    Timeout: Math.min(20, durationSeconds(asked?.timeout ?? "5 seconds") ?? 5),
    HealthyThreshold: asked?.successes ?? 1,
    UnhealthyThreshold: asked?.retries ?? 5,
  };
}
