/** A cloud with an engine whose resource types are fakes: things in a map that outlives the cloud, as a real service's would a crash. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsError } from "../../src/aws-error.ts";
import { assembleCloud } from "../../src/assemble.ts";
import type { Cloud } from "../../src/cloud.ts";
import { rootPrincipal } from "../../src/identity/principal.ts";
import type { AnyHandler } from "../../src/cloudformation/coverage.ts";
import { type Engine, resumeStacks, useEngine } from "../../src/cloudformation/engine.ts";
import type { Call } from "../../src/service.ts";
import { cloudformation } from "../../src/services/cloudformation/index.ts";
import { openStore, type Store } from "../../src/store.ts";
import { simulatedWorld, type SimulatedWorld } from "../../src/world/simulated.ts";

export interface Thing {
  id: string;
  type: string;
  token: string;
  stackId: string;
  logicalId: string;
  properties: Record<string, unknown>;
}

export interface FakeServices {
  things: Map<string, Thing>;
  /** Every act, in order: `create A`, `update A`, `delete A`, … */
  log: string[];
  /** Throws to let an act fail; called with `create A` before it acts. May wait. */
  before: (act: string, request: { signal: AbortSignal; properties: Record<string, unknown>; physicalId?: string }) => void | Promise<void>;
  /** Called after it has acted, before it answers. */
  after: (act: string) => void | Promise<void>;
  /** What the cloud's S3 answers to GetObject, by `bucket/key`. */
  objects: Map<string, string>;
  /** What a function of the cloud's Lambda answers to Invoke, by name; one that throws fails as functions do. */
  functions: Map<string, (event: Record<string, unknown>) => unknown>;
  /** Types without `find`. */
  withoutFind: boolean;
}

export interface FakeCloud {
  readonly cloud: Cloud;
  readonly engine: Engine;
  readonly call: Call;
  readonly services: FakeServices;
  readonly store: Store;
  readonly world: SimulatedWorld;
  /** As SIGKILL and a new start: a new cloud over the same store and the same things; under-way operations are resumed. */
  restart(step?: (name: string) => void): FakeCloud;
  [Symbol.dispose](): void;
}

/** Attributes that the fake types answer, by type. */
const attributes: Record<string, (thing: Thing) => Record<string, string>> = {
  "AWS::SSM::Parameter": ({ properties }) => ({
    Type: String(properties.Type),
    Value: String(properties.Value),
    Arn: `arn:${String(properties.Value)}`,
  }),
  "AWS::SNS::Topic": ({ id }) => ({ TopicArn: `arn:aws:sns:eu-central-1:123456789012:${id}`, TopicName: id }),
  "AWS::Logs::LogGroup": ({ id }) => ({ Arn: `arn:aws:logs:eu-central-1:123456789012:log-group:${id}:*` }),
  "AWS::ECR::Repository": ({ id }) => ({ Arn: `arn:aws:ecr:eu-central-1:123456789012:repository/${id}`, RepositoryUri: id }),
  "AWS::IAM::Role": ({ id }) => ({ Arn: `arn:aws:iam::123456789012:role/${id}`, RoleId: id }),
  "AWS::RDS::DBInstance": ({ id }) => ({ "Endpoint.Address": `${id}.local` }),
};

const coverage: Record<string, AnyHandler["coverage"]> = {
  "AWS::SSM::Parameter": {
    real: ["Name", "Value", "Type", "Tags"],
    recorded: ["Description"],
    refused: { Policies: "parameters do not expire", Tier: "there is one tier" },
  },
  "AWS::SNS::Topic": { real: ["TopicName", "DisplayName", "Tags", "Subscription"] },
  "AWS::Logs::LogGroup": { real: ["LogGroupName", "RetentionInDays", "Tags"] },
  "AWS::ECR::Repository": { real: ["RepositoryName", "Tags"] },
  "AWS::IAM::Role": { real: ["RoleName", "AssumeRolePolicyDocument", "Tags"] },
  "AWS::RDS::DBInstance": { real: ["DBInstanceIdentifier", "DBInstanceClass", "Engine", "AllocatedStorage", "MasterUserPassword", "Tags"] },
};

export function fakeCloud(seed = 1, step?: (name: string) => void): FakeCloud {
  const folder = mkdtempSync(join(tmpdir(), "plinth-cloudformation-"));
  const world = simulatedWorld({ seed, folder });
  const store = openStore(":memory:");
  const services: FakeServices = {
    things: new Map(),
    log: [],
    objects: new Map(),
    functions: new Map(),
    before: () => undefined,
    after: () => undefined,
    withoutFind: false,
  };
  return start(world, store, services, () => rmSync(folder, { recursive: true, force: true }), step);
}

function start(world: SimulatedWorld, store: Store, services: FakeServices, dispose: () => void, step?: (name: string) => void): FakeCloud {
  const cloud = assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:4566" });
  standIn(cloud, services);
  const engine = useEngine(cloud, {
    reader: async (type) => coverage[type] && (async ({ physicalId }) => services.things.get(physicalId)?.properties),
    handler: (type) => (coverage[type] ? fakeHandler(type, services) : ownTypes[type]),
    ...(step ? { step } : {}),
  });
  return {
    cloud,
    engine,
    services,
    store,
    world,
    call: cloud.as(rootPrincipal(cloud.account), "eu-central-1"),
    restart(nextStep) {
      const next = start(world, store, services, dispose, nextStep);
      resumeStacks(next.cloud);
      return next;
    },
    [Symbol.dispose]() {
      void engine.halt();
      dispose();
    },
  };
}

/** CloudFormation's own types are the real ones. */
const ownTypes = cloudformation.resources as unknown as Readonly<Record<string, AnyHandler | undefined>>;

/** Stands in for S3's GetObject, so that templates can come by URL, and for Lambda's Invoke. */
function standIn(cloud: Cloud, { objects, functions }: FakeServices): void {
  const as = cloud.as.bind(cloud);
  cloud.as = (principal, region) => {
    const call = as(principal, region);
    return (async (
      service: never,
      operation: string,
      input: { Bucket: string; Key: string; FunctionName: string; Payload: Uint8Array },
    ) => {
      if ((service as string) === "lambda" && operation === "Invoke") {
        const work = functions.get(input.FunctionName);
        if (!work) throw new AwsError("ResourceNotFoundException", `Function not found: ${input.FunctionName}`, 404);
        try {
          return {
            Payload: Buffer.from(JSON.stringify(work(JSON.parse(Buffer.from(input.Payload).toString()) as Record<string, unknown>))),
          };
        } catch (error) {
          return { FunctionError: "Unhandled", Payload: Buffer.from(JSON.stringify({ errorMessage: String(error) })) };
        }
      }
      if ((service as string) !== "s3" || operation !== "GetObject") return await call(service, operation as never, input as never);
      const Body = objects.get(`${input.Bucket}/${input.Key}`);
      if (Body === undefined) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
      return { Body };
    }) as Call;
  };
}

function fakeHandler(type: string, services: FakeServices): AnyHandler {
  const made = (thing: Thing) => ({ physicalId: thing.id, attributes: attributes[type]!(thing) });
  const acting = async <T>(act: string, request: Parameters<FakeServices["before"]>[1], work: () => T): Promise<T> => {
    await services.before(act, request);
    services.log.push(act);
    const result = work();
    await services.after(act);
    return result;
  };
  const byToken = (token: string) => [...services.things.values()].find((thing) => thing.token === token);
  const given = (properties: Record<string, unknown>) =>
    (properties.Name ?? properties.TopicName ?? properties.LogGroupName ?? properties.RepositoryName ?? properties.RoleName) as
      | string
      | undefined;
  const handler: AnyHandler = {
    coverage: coverage[type]!,
    create: (request) =>
      acting(`create ${request.logicalId}`, request, () => {
        const { token, properties, logicalId, stackId } = request;
        const standing = byToken(token);
        if (standing) return made(standing);
        const id = given(properties) ?? request.physicalName(64);
        if (services.things.has(id)) throw new AwsError("AlreadyExists", `${id} exists already`);
        const thing = { id, type, token, stackId, logicalId, properties: structuredClone(properties) };
        services.things.set(id, thing);
        return made(thing);
      }),
    update: (request) =>
      acting(`update ${request.logicalId}`, request, () => {
        const thing = services.things.get(request.physicalId);
        if (!thing) throw new AwsError("NotFound", `${request.physicalId} does not exist`);
        thing.properties = structuredClone(request.properties);
        return made(thing);
      }),
    delete: (request) => acting(`delete ${request.logicalId}`, request, () => void services.things.delete(request.physicalId)),
  };
  if (services.withoutFind) return handler;
  return {
    ...handler,
    find: async (request) => {
      const thing = byToken(request.token);
      return thing && made(thing);
    },
  };
}

/** Fails an act as a service does. */
export function failing(act: string, message = "it does not work"): FakeServices["before"] {
  return (one) => {
    if (one === act) throw new AwsError("InvalidParameterValue", message);
  };
}
