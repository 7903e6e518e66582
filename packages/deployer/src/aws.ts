/** The AWS APIs that a deployment calls: by service and operation, over official clients that load at their first call. */
import type { GetOutputType } from "@smithy/types";

export interface AwsApi {
  cloudformation: typeof import("@aws-sdk/client-cloudformation");
  cloudwatch: typeof import("@aws-sdk/client-cloudwatch");
  ec2: typeof import("@aws-sdk/client-ec2");
  ecr: typeof import("@aws-sdk/client-ecr");
  ecs: typeof import("@aws-sdk/client-ecs");
  iam: typeof import("@aws-sdk/client-iam");
  logs: typeof import("@aws-sdk/client-cloudwatch-logs");
  rds: typeof import("@aws-sdk/client-rds");
  s3: typeof import("@aws-sdk/client-s3");
  secretsmanager: typeof import("@aws-sdk/client-secrets-manager");
  ssm: typeof import("@aws-sdk/client-ssm");
  sts: typeof import("@aws-sdk/client-sts");
}

export type ServiceId = keyof AwsApi;

export type OperationName<S extends ServiceId> = keyof {
  [K in keyof AwsApi[S] as K extends "$Command" ? never : K extends `${infer O}Command` ? O : never]: unknown;
} &
  string;

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

/** What loads a client: its package, and the name of its class there. */
const packages: Record<ServiceId, () => Promise<[Record<string, unknown>, string]>> = {
  cloudformation: async () => [await import("@aws-sdk/client-cloudformation"), "CloudFormationClient"],
  cloudwatch: async () => [await import("@aws-sdk/client-cloudwatch"), "CloudWatchClient"],
  ec2: async () => [await import("@aws-sdk/client-ec2"), "EC2Client"],
  ecr: async () => [await import("@aws-sdk/client-ecr"), "ECRClient"],
  ecs: async () => [await import("@aws-sdk/client-ecs"), "ECSClient"],
  iam: async () => [await import("@aws-sdk/client-iam"), "IAMClient"],
  logs: async () => [await import("@aws-sdk/client-cloudwatch-logs"), "CloudWatchLogsClient"],
  rds: async () => [await import("@aws-sdk/client-rds"), "RDSClient"],
  s3: async () => [await import("@aws-sdk/client-s3"), "S3Client"],
  secretsmanager: async () => [await import("@aws-sdk/client-secrets-manager"), "SecretsManagerClient"],
  ssm: async () => [await import("@aws-sdk/client-ssm"), "SSMClient"],
  sts: async () => [await import("@aws-sdk/client-sts"), "STSClient"],
};

/**
 * Clients of one account.
 * @param embedded the embedded cloud's address; without it the SDK's own configuration decides (profile, environment).
 */
export function connectAws(region: string, embedded?: string): Aws {
  const clients = new Map<ServiceId, Promise<{ client: Client; commands: Record<string, unknown> }>>();
  const configuration = embedded
    ? {
        region,
        endpoint: embedded,
        credentials: { accessKeyId: "plinth", secretAccessKey: "plinth" },
        forcePathStyle: true,
        maxAttempts: 3,
      }
    : { region, maxAttempts: 8 };
  const clientOf = (service: ServiceId) => {
    let client = clients.get(service);
    if (!client) {
      client = packages[service]().then(([commands, name]) => {
        const ClientClass = commands[name] as new (configuration: object) => Client;
        return { client: new ClientClass(configuration), commands };
      });
      clients.set(service, client);
    }
    return client;
  };
  const regions = new Map<string, Aws>();
  const aws: Aws = {
    region,
    embedded,
    async call(service, operation, input) {
      const { client, commands } = await clientOf(service);
      const CommandClass = commands[`${operation}Command`] as new (input: unknown) => unknown;
      return (await client.send(new CommandClass(input))) as never;
    },
    in(other) {
      if (other === region) return aws;
      const known = regions.get(other) ?? connectAws(other, embedded);
      regions.set(other, known);
      return known;
    },
    close() {
      for (const client of clients.values()) void client.then(({ client }) => client.destroy());
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
  try {
    const response = await fetch(new URL("/_plinth/health", endpoint), { signal: AbortSignal.timeout(2_000) });
    const health = (await response.json()) as { status?: unknown };
    return response.ok && typeof health.status === "string" ? endpoint : undefined;
  } catch {
    return undefined;
  }
}
