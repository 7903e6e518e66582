/** Malformed requests of every protocol, from fixed seeds: each gets AWS's kind of 4xx, none a 500, and the cloud lives on. */
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { issueRoleCredentials } from "../../src/identity/credentials.ts";
import { modelOf } from "../../src/wire/model.ts";
import { type WireService, wireServices } from "../../src/wire/services.ts";
import { startTestServer, type TestServer } from "../server.ts";
import { anyValue } from "./any-value.ts";

const seed = 424_242;
const runs = 150;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(async () => {
  expect(server.reported).toEqual([]);
  expect((await send({ method: "GET", path: "/_plinth/health" })).status).toBe(200);
});

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

interface Got {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

function send({ method = "POST", path = "/", headers = {}, body = "" }: Sent): Promise<Got> {
  return new Promise((done, fail) => {
    const request = httpRequest({ host: "127.0.0.1", port: server.port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () =>
        done({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("error", fail);
    request.end(body);
  });
}

/** The bytes as they are, for what an HTTP client would not send. */
function sendRaw(bytes: string | Uint8Array): Promise<string> {
  return new Promise((done) => {
    const socket = connect({ host: "127.0.0.1", port: server.port });
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("close", () => done(text));
    socket.on("error", () => done(text));
    socket.end(bytes);
  });
}

const authorization = (service: WireService, key = "test") =>
  `AWS4-HMAC-SHA256 Credential=${key}/20260101/eu-central-1/${service.signingName}/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;

/** Whether an answer is an error as that protocol shapes it. */
function isShaped({ status, headers, body }: Got, protocol: string): boolean {
  if (status < 400 || (status >= 500 && status !== 501)) return false;
  if (protocol.startsWith("json")) return /"__type":"[\w.#]+"/.test(body);
  if (protocol === "query") return /<ErrorResponse[^>]*><Error><Type>(?:Sender|Receiver)<\/Type><Code>[\w.]+<\/Code>/.test(body);
  if (protocol === "ec2") return /<Response><Errors><Error><Code>[\w.]+<\/Code>/.test(body);
  if (protocol === "rest-xml") return /<Error>(?:<Type>Sender<\/Type>)?<Code>\w+<\/Code>/.test(body);
  if (protocol === "cbor") return headers["smithy-protocol"] === "rpc-v2-cbor";
  return typeof headers["x-amzn-errortype"] === "string";
}

const jsonServices = Object.values(wireServices).filter(({ protocol }) => protocol.startsWith("json"));
const queryServices = Object.values(wireServices).filter(({ protocol }) => protocol === "query" || protocol === "ec2");
const operationOf = (service: WireService) => fc.constantFrom(...modelOf(service).operations.keys());

const parameters = { seed, numRuns: runs };

describe("bodies", () => {
  test("that are no JSON", async () => {
    const any = fc.constantFrom(...jsonServices).chain((service) =>
      fc.tuple(
        fc.constant(service),
        operationOf(service),
        fc.oneof(
          fc.string({ minLength: 1 }).filter((text) => !isJsonObject(text)),
          fc.uint8Array({ minLength: 1, maxLength: 40 }).filter((bytes) => !isJsonObject(Buffer.from(bytes).toString("utf8"))),
          fc.constant("[".repeat(100_000)),
          fc.constant('{"a":'.repeat(50_000)),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(any, async ([service, operation, body]) => {
        const headers = {
          "content-type": `application/x-amz-${service.protocol}`,
          "x-amz-target": `${service.target}.${operation}`,
          authorization: authorization(service),
        };
        const got = await send({ headers, body });
        expect(isShaped(got, service.protocol), `${service.id} ${operation} ${got.status} ${got.body}`).toBe(true);
      }),
      parameters,
    );
  });

  test("whose values have other types", async () => {
    const mine = [wireServices.secretsmanager, wireServices.ssm];
    const any = fc.constantFrom(...mine).chain((service) =>
      operationOf(service).chain((name) => {
        const { members } = modelOf(service).operations.get(name)!.input;
        const strange = fc.oneof(fc.integer(), fc.constant(true), fc.constant([[1]]), fc.constant({ a: { b: 1 } }), fc.constant("text"));
        const body = fc.dictionary(members.size > 0 ? fc.constantFrom(...members.keys()) : fc.constant("x"), strange, {
          noNullPrototype: true,
        });
        return fc.tuple(fc.constant(service), fc.constant(name), body);
      }),
    );
    await fc.assert(
      fc.asyncProperty(any, async ([service, name, body]) => {
        const headers = { "x-amz-target": `${service.target}.${name}`, authorization: authorization(service) };
        const got = await send({ headers, body: JSON.stringify(body) });
        expect(got.status === 200 || isShaped(got, service.protocol), `${service.id} ${name} ${got.status} ${got.body}`).toBe(true);
      }),
      parameters,
    );
  });

  test("whose types hold and whose values are random", async () => {
    const mine = [wireServices.secretsmanager, wireServices.ssm, wireServices.sts];
    const any = fc
      .constantFrom(...mine)
      .chain((service) =>
        operationOf(service).chain((name) =>
          fc.tuple(fc.constant(service), fc.constant(name), anyValue(modelOf(service).operations.get(name)!.input, { skip: () => false })),
        ),
      );
    await fc.assert(
      fc.asyncProperty(any, async ([service, name, input]) => {
        if (service.protocol === "query") {
          const body = new URLSearchParams({ Action: name, Version: service.version, ...flat(input as object) }).toString();
          const got = await send({ headers: { ...form, authorization: authorization(service) }, body });
          expect(got.status === 200 || isShaped(got, "query"), `${name} ${got.status} ${got.body}`).toBe(true);
          return;
        }
        const body = JSON.stringify(input, (_key, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
        );
        const got = await send({ headers: { "x-amz-target": `${service.target}.${name}`, authorization: authorization(service) }, body });
        expect(got.status === 200 || isShaped(got, service.protocol), `${service.id} ${name} ${got.status} ${got.body}`).toBe(true);
      }),
      { ...parameters, numRuns: 400 },
    );
  });

  test("that are strange forms", async () => {
    const any = fc.constantFrom(...queryServices).chain((service) =>
      operationOf(service).chain((name) => {
        const known = [...modelOf(service).operations.get(name)!.input.members.keys()];
        const part = fc.constantFrom(...known, "member", "1", "-1", "entry", "key", "", "99999999999", "__proto__");
        const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("."));
        return fc.tuple(
          fc.constant(service),
          fc.constant(name),
          fc.dictionary(key, fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("NaN", "-1", "true", "2026-13-45")), { maxKeys: 4 }),
        );
      }),
    );
    await fc.assert(
      fc.asyncProperty(any, async ([service, name, content]) => {
        // An action that does not exist, so that only the wire layer is asked, or one that refuses what it reads.
        const Action = `${name}NoSuch`;
        const body = new URLSearchParams({ ...content, Action, Version: service.version }).toString();
        const got = await send({ headers: { ...form, authorization: authorization(service) }, body });
        expect(isShaped(got, service.protocol), `${service.id} ${got.status} ${got.body}`).toBe(true);
        expect(got.body).toContain("<Code>InvalidAction</Code>");
      }),
      parameters,
    );
  });

  test("that are broken XML", async () => {
    const good =
      '<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    const any = fc.tuple(
      fc.nat(good.length - 1),
      fc.constantFrom("<", "&", ">", "\u0000", "]]>", "<!DOCTYPE x>", "&lol;", "</", "<a b=c>"),
    );
    await fc.assert(
      fc.asyncProperty(any, async ([at, broken]) => {
        const got = await send({
          method: "PUT",
          path: "/no-such-bucket?tagging",
          headers: { authorization: authorization(wireServices.s3) },
          body: good.slice(0, at) + broken + good.slice(at + 1),
        });
        expect(isShaped(got, "rest-xml"), `${got.status} ${got.body}`).toBe(true);
      }),
      parameters,
    );
  });

  test("that are no CBOR", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 40 }), async (body) => {
        const got = await send({
          path: "/service/GraniteServiceVersion20100801/operation/PutMetricData",
          headers: {
            "smithy-protocol": "rpc-v2-cbor",
            "content-type": "application/cbor",
            authorization: authorization(wireServices.cloudwatch),
          },
          body,
        });
        expect(isShaped(got, "cbor"), `${got.status} ${got.body}`).toBe(true);
      }),
      parameters,
    );
  });

  test("that claim a compression", async () => {
    for (const encoding of ["gzip", "deflate", "br", "gzip, gzip", "nonsense"]) {
      const headers = {
        "content-encoding": encoding,
        "x-amz-target": "secretsmanager.ListSecrets",
        authorization: authorization(wireServices.secretsmanager),
      };
      const got = await send({ headers, body: "{}" });
      expect(isShaped(got, "json-1.1"), `${encoding} ${got.status} ${got.body}`).toBe(true);
    }
  });
});

describe("requests", () => {
  test("with random heads", async () => {
    const header = fc.constantFrom(
      "authorization",
      "x-amz-target",
      "content-type",
      "smithy-protocol",
      "x-amz-date",
      "x-amz-content-sha256",
      "content-encoding",
      "x-amz-decoded-content-length",
      "content-md5",
      "x-amz-checksum-crc32",
      "x-amz-security-token",
      "x-amz-trailer",
    );
    const value = fc.oneof(
      fc.stringMatching(/^[ -~]{0,30}$/).map((text) => text.trim()),
      fc.constantFrom(
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request",
        "AWS4-HMAC-SHA256",
        "AWS a:b",
        "Bearer x",
        authorization(wireServices.ssm),
        authorization(wireServices.s3),
        authorization(wireServices.ec2),
        "secretsmanager.GetSecretValue",
        "application/x-www-form-urlencoded",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "rpc-v2-cbor",
        "aws-chunked",
      ),
    );
    const any = fc.record({
      method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"),
      path: fc.stringMatching(/^\/[a-z0-9%/?&=.+-]{0,20}$/),
      headers: fc.dictionary(header, value, { noNullPrototype: true }),
      body: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(any, async (sent) => {
        const withBody = sent.method === "GET" || sent.method === "HEAD" ? { ...sent, body: "" } : sent;
        const got = await send(withBody);
        expect(got.status < 500 || got.status === 501, `${got.status} ${got.body}`).toBe(true);
      }),
      { ...parameters, numRuns: 400 },
    );
  });

  test("that are no HTTP", async () => {
    const any = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.string({ minLength: 1 }),
      fc.constant("GET / HTTP/1.1\r\n\r\n"),
      fc.constant("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc"),
      fc.constant(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(70_000)}\r\n\r\n`),
      fc.constant("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    );
    await fc.assert(
      fc.asyncProperty(any, async (bytes) => {
        const answer = await sendRaw(bytes);
        expect(answer === "" || /^HTTP\/1\.1 4\d\d /.test(answer), answer.slice(0, 200)).toBe(true);
      }),
      parameters,
    );
  });

  test("with chunks that end early, lie about their size or have no size", async () => {
    for (const body of [
      "",
      "5\r\nabc",
      "zz\r\n",
      "5\r\nhello\r\n",
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA",
      "-1\r\n",
      "fffffffffffff\r\n",
    ]) {
      const got = await send({
        method: "PUT",
        path: "/bucket/key",
        headers: {
          authorization: authorization(wireServices.s3),
          "content-encoding": "aws-chunked",
          "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
          "x-amz-decoded-content-length": "5",
          "x-amz-trailer": "x-amz-checksum-crc32",
        },
        body,
      });
      expect(isShaped(got, "rest-xml"), `${body} ${got.status} ${got.body}`).toBe(true);
    }
  });

  test("with wrong signatures of credentials that the cloud issued", async () => {
    const { accessKeyId, sessionToken } = issueRoleCredentials(
      server.cloud,
      {
        kind: "assumed-role",
        account: "123456789012",
        arn: "arn:aws:sts::123456789012:assumed-role/R/S",
        userId: "AROAR:S",
        roleName: "R",
        roleArn: "arn:aws:iam::123456789012:role/R",
        sessionName: "S",
      },
      3600,
    );
    const tokens = fc.constantFrom({}, { "x-amz-security-token": sessionToken }, { "x-amz-security-token": "wrong" });
    const dates = fc.constantFrom(
      {},
      { "x-amz-date": "20260101T000000Z" },
      { "x-amz-date": "yesterday" },
      { date: new Date().toUTCString() },
    );
    const any = fc.tuple(fc.constantFrom(...Object.values(wireServices)), tokens, dates);
    await fc.assert(
      fc.asyncProperty(any, async ([service, token, date]) => {
        const target = service.protocol.startsWith("json") ? { "x-amz-target": `${service.target}.X` } : {};
        const action = service.protocol === "query" || service.protocol === "ec2" ? { ...form } : {};
        const paths: Record<string, string> = {
          backup: "/backup-vaults/",
          cloudfront: "/2020-05-31/distribution",
          efs: "/2015-02-01/file-systems",
          lambda: "/2015-03-31/functions",
          "rds-data": "/Execute",
          route53: "/2013-04-01/hostedzone",
          scheduler: "/schedules",
        };
        const path = paths[service.id] ?? "/";
        const headers: Record<string, string> = { authorization: authorization(service, accessKeyId) };
        Object.assign(headers, token, date, target, action);
        // All that the Data API has is posted.
        const method = service.protocol.startsWith("rest") && service.id !== "rds-data" ? "GET" : "POST";
        const body = method === "POST" ? `Action=GetCallerIdentity&Version=${service.version}` : "";
        const got = await send({ method, path, headers, body });
        expect(isShaped(got, service.protocol), `${service.id} ${got.status} ${got.body}`).toBe(true);
        expect([400, 401, 403]).toContain(got.status);
      }),
      parameters,
    );
  });
});

const form = { "content-type": "application/x-www-form-urlencoded" };

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Query parameters of an input, lists and structures by dots. */
function flat(value: object, prefix = ""): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, each] of Object.entries(value)) {
    const name = Array.isArray(value) ? `${prefix}member.${Number(key) + 1}` : `${prefix}${key}`;
    if (each instanceof Date) result[name] = each.toISOString();
    else if (typeof each === "object" && each !== null) Object.assign(result, flat(each as object, `${name}.`));
    else result[name] = String(each);
  }
  return result;
}
