/** Cross-origin requests to buckets: preflights and the requests themselves, with AWS's headers and words. */
import { request as httpRequest } from "node:http";
import { CreateBucketCommand, PutBucketCorsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";
import { presign } from "./presign.ts";

let server: TestServer;
let s3: S3Client;
let counter = 0;
let Bucket: string;

beforeAll(async () => {
  server = await startTestServer();
  s3 = new S3Client(server.client);
});
afterAll(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  Bucket = `cors-${counter++}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
});

const mine = "http://app.example:3000";
const rules = (...CORSRules: object[]) =>
  s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: CORSRules as never } }));

function send(method: string, path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((done, fail) => {
    const request = httpRequest({ host: "127.0.0.1", port: server.port, method, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => done({ status: response.statusCode!, headers: response.headers, body }));
    });
    request.on("error", fail);
    request.end();
  });
}
const preflight = (headers: Record<string, string>, path = `/${Bucket}/key`) => send("OPTIONS", path, headers);
const ask = (origin: string, method: string, headers?: string) =>
  preflight({
    origin,
    "access-control-request-method": method,
    ...(headers !== undefined && { "access-control-request-headers": headers }),
  });

describe("a preflight", () => {
  it("is answered by the first rule that fits", async () => {
    await rules(
      { AllowedMethods: ["GET"], AllowedOrigins: [mine], MaxAgeSeconds: 3000 },
      {
        AllowedMethods: ["GET", "PUT"],
        AllowedOrigins: ["http://*.example:3000"],
        AllowedHeaders: ["x-amz-*", "content-type"],
        ExposeHeaders: ["ETag"],
      },
      { AllowedMethods: ["GET"], AllowedOrigins: ["*"] },
    );
    const get = await ask(mine, "GET");
    expect(get).toMatchObject({
      status: 200,
      body: "",
      headers: {
        "access-control-allow-origin": mine,
        "access-control-allow-methods": "GET",
        "access-control-allow-credentials": "true",
        "access-control-max-age": "3000",
        vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
      },
    });
    const put = await ask(mine, "PUT", "Content-Type, x-amz-acl");
    expect(put.headers).toMatchObject({
      "access-control-allow-methods": "GET, PUT",
      "access-control-allow-headers": "content-type, x-amz-acl",
      "access-control-expose-headers": "ETag",
    });
    const anybody = await ask("https://other.example", "GET");
    expect(anybody.headers).toMatchObject({ "access-control-allow-origin": "*" });
    expect(anybody.headers).not.toHaveProperty("access-control-allow-credentials");
  });

  const notAllowed =
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
  it("is refused in AWS's words", async () => {
    const refused = async (answer: Promise<{ status: number; body: string }>) => {
      const { status, body } = await answer;
      return [
        status,
        ...["Code", "Message", "Method", "ResourceType"].map((name) => new RegExp(`<${name}>(.*)</${name}>`, "u").exec(body)?.[1]),
      ];
    };
    const noOrigin = [400, "BadRequest", "Insufficient information. Origin request header needed.", undefined, undefined];
    expect(await refused(preflight({}))).toEqual(noOrigin);
    expect(await refused(ask(mine, "PUT"))).toEqual([
      403,
      "AccessForbidden",
      "CORSResponse: CORS is not enabled for this bucket.",
      "PUT",
      "BUCKET",
    ]);
    expect(await refused(preflight({ origin: mine }, "/absent-bucket/key"))).toEqual([
      403,
      "AccessForbidden",
      "CORSResponse: Bucket not found",
      "OPTIONS",
      "BUCKET",
    ]);
    await rules({ AllowedMethods: ["GET"], AllowedOrigins: [mine], AllowedHeaders: ["x-amz-date"] });
    expect(await refused(ask(mine, "PUT"))).toEqual([403, "AccessForbidden", notAllowed.replaceAll("'", "&#39;"), "PUT", "OBJECT"]);
    expect((await refused(ask("http://app.example", "GET")))[0]).toBe(403);
    expect((await refused(ask(mine, "GET", "x-amz-date, x-other")))[0]).toBe(403);
    expect((await refused(preflight({ origin: mine })))[2]).toBe("Invalid Access-Control-Request-Method: null");
  });
});

describe("a page of another origin", () => {
  const url = (key: string) => presign({ endpoint: server.endpoint, path: `/${Bucket}/${key}` }).slice(server.endpoint.length);

  it("reads a bucket whose rules let it in, and is told so", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "hello" }));
    const headers = { host: `127.0.0.1:${server.port}`, origin: mine, "sec-fetch-site": "cross-site" };
    expect((await send("GET", url("key"), headers)).status).toBe(403);
    await rules({ AllowedMethods: ["GET"], AllowedOrigins: [mine] });
    const answer = await send("GET", url("key"), headers);
    expect(answer).toMatchObject({ status: 200, body: "hello", headers: { "access-control-allow-origin": mine } });
    // Errors are for the page to see as well.
    expect(await send("GET", url("absent"), headers)).toMatchObject({ status: 404, headers: { "access-control-allow-origin": mine } });
    expect((await send("PUT", url("key"), headers)).status).toBe(403);
    expect((await send("GET", url("key"), { ...headers, origin: "http://other.example" })).status).toBe(403);
  });

  it("gets through no bucket to another service or another bucket", async () => {
    await rules({ AllowedMethods: ["GET", "PUT", "POST"], AllowedOrigins: ["*"], AllowedHeaders: ["*"] });
    const scope = (service: string) =>
      `AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;
    const other = { origin: mine, "x-amz-target": "secretsmanager.ListSecrets", authorization: scope("secretsmanager") };
    for (const headers of [other, { origin: mine, "x-amz-target": "secretsmanager.ListSecrets" }]) {
      expect(await send("POST", `/${Bucket}`, headers)).toMatchObject({ status: 403, body: expect.stringContaining("another origin") });
    }
    const form = { origin: mine, "content-type": "application/x-www-form-urlencoded" };
    expect((await send("POST", `/${Bucket}`, form)).status).toBe(403);
    expect((await send("GET", `/${Bucket}?Action=ListUsers&Version=2010-05-08`, { origin: mine })).body).toContain("another origin");
    const copy = { origin: mine, "x-amz-copy-source": "/another/secret", authorization: scope("s3") };
    expect((await send("PUT", `/${Bucket}/k`, copy)).body).toContain("another origin");
    expect((await send("POST", "/moto-api/reset", { origin: mine })).status).toBe(403);
  });
});
