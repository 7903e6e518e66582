/** The AWS APIs that a deployment calls: by service and operation, over official clients that load at their first call. */
import { createRequire } from "node:module";
import type { GetOutputType } from "@smithy/types";

export interface AwsApi {
  acm: typeof import("@aws-sdk/client-acm");
  "application-autoscaling": typeof import("@aws-sdk/client-application-auto-scaling");
  apprunner: typeof import("@aws-sdk/client-apprunner");
  backup: typeof import("@aws-sdk/client-backup");
  cloudfront: typeof import("@aws-sdk/client-cloudfront");
  cloudformation: typeof import("@aws-sdk/client-cloudformation");
  cloudwatch: typeof import("@aws-sdk/client-cloudwatch");
  codebuild: typeof import("@aws-sdk/client-codebuild");
  ec2: typeof import("@aws-sdk/client-ec2");
  ecr: typeof import("@aws-sdk/client-ecr");
  ecs: typeof import("@aws-sdk/client-ecs");
  elasticache: typeof import("@aws-sdk/client-elasticache");
  elbv2: typeof import("@aws-sdk/client-elastic-load-balancing-v2");
  iam: typeof import("@aws-sdk/client-iam");
  logs: typeof import("@aws-sdk/client-cloudwatch-logs");
  rds: typeof import("@aws-sdk/client-rds");
  route53: typeof import("@aws-sdk/client-route-53");
  s3: typeof import("@aws-sdk/client-s3");
  scheduler: typeof import("@aws-sdk/client-scheduler");
  secretsmanager: typeof import("@aws-sdk/client-secrets-manager");
  sqs: typeof import("@aws-sdk/client-sqs");
  ssm: typeof import("@aws-sdk/client-ssm");
  sts: typeof import("@aws-sdk/client-sts");
}

export type ServiceId = keyof AwsApi;

/** Of all services, once: the checker would work out the names of a client's hundreds of commands anew at each call, but looks a member up. */
type OperationNames = {
  [S in ServiceId]: keyof {
    [K in keyof AwsApi[S] as K extends "$Command" ? never : K extends `${infer O}Command` ? O : never]: unknown;
  };
};

/** The operations of a service, as `CreateQueue`. */
export type OperationName<S extends ServiceId> = OperationNames[S] & string;

type CommandClass<S extends ServiceId, O extends string> = `${O}Command` extends keyof AwsApi[S] ? AwsApi[S][`${O}Command`] : never;

export type Input<S extends ServiceId, O extends string> =
  CommandClass<S, O> extends abstract new (...input: never) => { readonly input: infer I } ? I : never;

export type Output<S extends ServiceId, O extends string> =
  CommandClass<S, O> extends abstract new (...input: never) => infer C ? Omit<GetOutputType<C>, "$metadata"> : never;

/** Where the calls go. */
export interface Aws {
  /** As `eu-central-1`. */
  readonly region: string;
  /** Where the embedded cloud answers, or `undefined` on AWS itself. */
  readonly embedded: string | undefined;
  call<S extends ServiceId, O extends OperationName<S>>(service: S, operation: O, input: Input<S, O>): Promise<Output<S, O>>;
  /** The same account in another region. */
  in(region: string): Aws;
  /** Closes connections that are kept alive. */
  close(): void;
}

interface Client {
  send(command: unknown): Promise<unknown>;
  destroy(): void;
}

/** Each client's package, and the name of its class there. */
const packages: Record<ServiceId, [name: string, className: string]> = {
  acm: ["@aws-sdk/client-acm", "ACMClient"],
  "application-autoscaling": ["@aws-sdk/client-application-auto-scaling", "ApplicationAutoScalingClient"],
  apprunner: ["@aws-sdk/client-apprunner", "AppRunnerClient"],
  backup: ["@aws-sdk/client-backup", "BackupClient"],
  cloudfront: ["@aws-sdk/client-cloudfront", "CloudFrontClient"],
  cloudformation: ["@aws-sdk/client-cloudformation", "CloudFormationClient"],
  cloudwatch: ["@aws-sdk/client-cloudwatch", "CloudWatchClient"],
  codebuild: ["@aws-sdk/client-codebuild", "CodeBuildClient"],
  ec2: ["@aws-sdk/client-ec2", "EC2Client"],
  ecr: ["@aws-sdk/client-ecr", "ECRClient"],
  ecs: ["@aws-sdk/client-ecs", "ECSClient"],
  elasticache: ["@aws-sdk/client-elasticache", "ElastiCacheClient"],
  elbv2: ["@aws-sdk/client-elastic-load-balancing-v2", "ElasticLoadBalancingV2Client"],
  iam: ["@aws-sdk/client-iam", "IAMClient"],
  logs: ["@aws-sdk/client-cloudwatch-logs", "CloudWatchLogsClient"],
  rds: ["@aws-sdk/client-rds", "RDSClient"],
  route53: ["@aws-sdk/client-route-53", "Route53Client"],
  s3: ["@aws-sdk/client-s3", "S3Client"],
  scheduler: ["@aws-sdk/client-scheduler", "SchedulerClient"],
  secretsmanager: ["@aws-sdk/client-secrets-manager", "SecretsManagerClient"],
  sqs: ["@aws-sdk/client-sqs", "SQSClient"],
  ssm: ["@aws-sdk/client-ssm", "SSMClient"],
  sts: ["@aws-sdk/client-sts", "STSClient"],
};

/** By require: an import would first read these CommonJS files for the names that they export, a tenth of a second in all. */
const require = createRequire(import.meta.url);

/** Loads clients before they are called, in time that is there anyway: some take a tenth of a second. */
export function loadClients(...services: readonly ServiceId[]): void {
  for (const service of services) require(packages[service][0]);
}

/** Whoever calls the embedded cloud; on AWS the SDK's own configuration decides. */
interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const embeddedRoot: Credentials = { accessKeyId: "plinth", secretAccessKey: "plinth" };

/**
 * Clients of one account.
 * @param embedded the embedded cloud's address; without it the SDK's own configuration decides (profile, environment).
 */
export function connectAws(region: string, embedded?: string, credentials: Credentials = embeddedRoot): Aws {
  const clients = new Map<ServiceId, { client: Client; commands: Record<string, unknown> }>();
  const configuration = embedded
    ? {
        region,
        endpoint: embedded,
        credentials,
        forcePathStyle: true,
        maxAttempts: 3,
      }
    : { region, maxAttempts: 8 };
  const clientOf = (service: ServiceId) => {
    let known = clients.get(service);
    if (!known) {
      const [name, className] = packages[service];
      const commands = require(name) as Record<string, unknown>;
      const ClientClass = commands[className] as new (configuration: object) => Client;
      known = { client: new ClientClass(configuration), commands };
      clients.set(service, known);
    }
    return known;
  };
  const regions = new Map<string, Aws>();
  const aws: Aws = {
    region,
    embedded,
    async call(service, operation, input) {
      const { client, commands } = clientOf(service);
      const CommandClass = commands[`${operation}Command`] as new (input: unknown) => unknown;
      return (await client.send(new CommandClass(input))) as never;
    },
    in(other) {
      if (other === region) return aws;
      const known = regions.get(other) ?? connectAws(other, embedded, credentials);
      regions.set(other, known);
      return known;
    },
    close() {
      for (const { client } of clients.values()) client.destroy();
      for (const other of regions.values()) other.close();
    },
  };
  return aws;
}

/** Whether an error is AWS's of one of these codes. */
export function isAwsError(error: unknown, ...codes: string[]): error is Error {
  return error instanceof Error && codes.includes(error.name);
}

/** The embedded cloud at an address, when that is a loopback address and the cloud answers there. */
export async function findEmbeddedCloud(endpoint: string | undefined): Promise<string | undefined> {
  if (!endpoint) return undefined;
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : "";
  if (!(host === "localhost" || host === "[::1]" || host.startsWith("127.") || host.endsWith(".localhost"))) return undefined;
  return (await isHealthy(endpoint)) ? endpoint : undefined;
}

/**
 * Whether an embedded cloud answers there. By node:http, and that without an import, which would load Node's WebSocket with it:
 * it or `fetch` alone takes as long to load as this takes in all.
 */
export function isHealthy(endpoint: string, patienceMs = 5_000): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { get } = process.getBuiltinModule("node:http");
  const request = get(new URL("/_plinth/health", endpoint), { timeout: patienceMs, agent: false }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part: string) => (text += part));
    response.on("error", () => resolve(false));
    response.on("end", () => resolve(response.statusCode === 200 && text.includes('"status"')));
  });
  request.on("timeout", () => request.destroy());
  request.on("error", () => resolve(false));
  request.on("close", () => resolve(false));
  return promise;
}
