/** Random inputs and answers of AWS's operations, through its real clients and the wire layer over HTTP: what is sent arrives. */
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cloud } from "../../src/cloud.ts";
import { cloudServer, type CloudServer } from "../../src/server/server.ts";
import { type Member, modelOf, type OperationModel } from "../../src/wire/model.ts";
import { type WireService, wireServices } from "../../src/wire/services.ts";
import { seededRandom } from "../../src/world/simulated.ts";
import { anyValue } from "./any-value.ts";

const require = createRequire(import.meta.url);
const runsEach = 100;

/** Operations that do not go over plain HTTP requests and answers. */
const otherwise: Record<string, string[]> = {
  logs: ["StartLiveTail", "GetLogObject"], // event streams
  s3: [
    "SelectObjectContent", // an event stream
    "WriteGetObjectResponse", // to a host of its own
    "CreateSession", // express buckets, on hosts of their own
    "ListDirectoryBuckets",
    "RenameObject",
    "CreateBucket", // the client derives its body from its own region
  ],
};

/** What a client fills in, derives or checks by itself. */
const skipped = (service: WireService) => (member: Member) => {
  const header = member.traits.httpHeader?.toLowerCase() ?? "";
  // The status of an answer, which is no free number.
  if (member.shape.kind === "document" || member.traits.httpResponseCode) return true;
  if (service.id !== "s3") return !member.required && /^(?:SourceRegion|PreSignedUrl|PresignedUrl|DestinationRegion)$/i.test(member.name);
  return (
    /^content-(?:length|md5|encoding)$|^x-amz-checksum|sdk-checksum|customer|^expires|^content-range$/.test(header) ||
    /^(?:ChecksumMode|ChecksumAlgorithm|EncodingType|ExpiresString)$/.test(member.name) ||
    (member.name === "Bucket" && member.traits.httpLabel === 1)
  );
};

/** Services by their clients' own protocol, and CloudWatch by the two others that its clients speak. */
const rows: [name: string, service: WireService, protocol?: object][] = [
  ...Object.values(wireServices).map((service): [string, WireService] => [service.id, service]),
  ["cloudwatch by CBOR", wireServices.cloudwatch, require("@smithy/core/cbor").SmithyRpcV2CborProtocol],
  ["cloudwatch by query", wireServices.cloudwatch, require("@aws-sdk/core/protocols").AwsQueryProtocol],
];

describe.each(rows)("%s", (_name, service, protocol) => {
  let server: CloudServer;
  let client: { send(command: unknown): Promise<object> };
  let received: { operation: string; input: Record<string, unknown> } | undefined;
  let answer: Record<string, unknown> = {};
  const reported: unknown[] = [];
  const clients = require(service.client) as Record<string, new (options: object) => unknown>;
  const model = modelOf(service);
  const operations = [...model.operations.values()].filter(({ name }) => !otherwise[service.id]?.includes(name));

  beforeAll(async () => {
    const served = Object.fromEntries(operations.map(({ name }) => [name, true]));
    const cloud = {
      account: "123456789012",
      world: { random: seededRandom(1), clock: { nowMs: () => 0 } },
      store: { collection: () => ({ get: () => undefined }) },
      services: {},
      active: () => ({ id: service.id, operations: served }),
      async run(_service: string, operation: string, input: Record<string, unknown>) {
        for (const [name, value] of Object.entries(input)) {
          if (value instanceof Readable) input[name] = new Uint8Array(Buffer.concat(await value.toArray()));
        }
        received = { operation, input };
        return answer;
      },
    };
    server = cloudServer({ cloud: cloud as unknown as Cloud, report: (error) => reported.push(error) });
    const port = await server.listen(0);
    server.open();
    const name = Object.keys(clients).find((key) => key.endsWith("Client") && key !== "__Client")!;
    client = new clients[name]!({
      endpoint: `http://127.0.0.1:${port}`,
      region: "eu-central-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
      md5: false,
      ...(protocol !== undefined && { protocol }),
      forcePathStyle: true,
      disableHostPrefix: true,
      responseChecksumValidation: "WHEN_REQUIRED",
    }) as typeof client;
  });
  afterAll(() => server.close());

  const anyCall = fc.constantFrom(...operations.map(({ name }) => name)).chain((name) => {
    const operation = model.operations.get(name)!;
    const skip = skipped(service);
    return fc.record({
      name: fc.constant(name),
      input: anyValue(operation.input, { skip }) as fc.Arbitrary<Record<string, unknown>>,
      output: anyValue(operation.output, { skip }) as fc.Arbitrary<Record<string, unknown>>,
    });
  });

  test(`${runsEach} random calls`, { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyCall, async ({ name, input, output }) => {
        const operation = model.operations.get(name)!;
        const given = service.id === "s3" && operation.input.members.has("Bucket") ? { ...input, Bucket: "a-bucket" } : input;
        received = undefined;
        answer = output;
        const result = await client.send(new clients[`${name}Command`]!({ ...given }));
        expect(received).toBeDefined();
        expect(received!.operation).toBe(name);
        expect(plain(received!.input)).toMatchObject(plain(given) as object);
        const got = (await comparable(operation, result)) as Record<string, unknown>;
        // What the client reads from the status itself.
        for (const { name: member, traits } of operation.output.members.values()) if (traits.httpResponseCode) delete got[member];
        const comparison = expect(got);
        // S3's clients also see what the wire layer adds by itself: length and type.
        if (service.id === "s3") comparison.toMatchObject(plain(output) as object);
        else comparison.toEqual(plain(output));
        expect(reported).toEqual([]);
      }),
      { numRuns: runsEach, seed: 20260101 },
    );
  });
});

/** Bytes of every kind as the same. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, plain(each)]),
  );
}

async function comparable(operation: OperationModel, result: object): Promise<unknown> {
  const members: Record<string, unknown> = { ...result };
  delete members.$metadata;
  for (const [name, value] of Object.entries(members)) {
    if (value && typeof value === "object" && "transformToByteArray" in value) {
      members[name] = await (value as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray();
    }
    if (!operation.output.members.has(name)) delete members[name];
  }
  return plain(members);
}
