/** What distributions do with requests: origins, behaviors, cache, compression, errors. By plain HTTP. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import type { SimulatedWorld } from "../../../src/world/simulated.ts";
import { allViewer, ask, cachingDisabled, change, configOf, customOrigin, distribute, startOrigin } from "./front.ts";

let cloud: TestCloud & { world: SimulatedWorld };
beforeAll(async () => {
  cloud = await startSimulatedCloud(1, "us-east-1");
});
afterAll(() => cloud[Symbol.asyncDispose]());

const countOf = (origin: { asked: readonly unknown[] }) => origin.asked.length;

test("answers are kept for the time that the origin says, told apart by what the policy names, and forgotten by an invalidation", async () => {
  const { call, world } = cloud;
  await using origin = await startOrigin((request, response) => {
    response.setHeader("Cache-Control", request.url!.startsWith("/private") ? "private" : "max-age=60");
    response.setHeader("ETag", '"v1"');
    if (request.headers["if-none-match"] === '"v1"') return void response.writeHead(304).end();
    response.end(`${request.method} ${request.url}`);
  });
  const made = await distribute(call, configOf([customOrigin("app", origin.port)]));
  const url = `http://${made.host}`;
  const first = await ask(`${url}/a?b=1`);
  expect([first.status, first.cache, first.text]).toEqual([200, "Miss", "GET /a"]);
  expect(first.headers).toMatchObject({
    via: expect.stringMatching(/^1\.1 d[a-z0-9]{13}\.cloudfront\.net \(CloudFront\)$/),
    "x-amz-cf-id": expect.any(String),
    "x-amz-cf-pop": expect.any(String),
  });
  expect(origin.asked[0]!.headers).toMatchObject({
    host: "localhost",
    "user-agent": "Amazon CloudFront",
    "x-forwarded-for": expect.stringMatching(/^127\./),
  });
  await world.clock.advance(10_000);
  const second = await ask(`${url}/a?b=2`);
  expect([second.cache, second.text, second.headers.age]).toEqual(["Hit", "GET /a", "10"]);
  expect((await ask(`${url}/a`, { method: "HEAD" })).headers).toMatchObject({ "x-cache": "Hit from cloudfront", "content-length": "6" });
  expect((await ask(`${url}/a`, { headers: { "If-None-Match": '"v1"' } })).status).toBe(304);
  const part = await ask(`${url}/a`, { headers: { Range: "bytes=4-" } });
  expect([part.status, part.text, part.headers["content-range"]]).toEqual([206, "/a", "bytes 4-5/6"]);
  expect((await ask(`${url}/a`, { headers: { Range: "bytes=9-" } })).status).toBe(416);
  expect(countOf(origin)).toBe(1);

  await world.clock.advance(51_000);
  expect((await ask(`${url}/a`)).cache).toBe("RefreshHit");
  expect(origin.asked[1]!.headers["if-none-match"]).toBe('"v1"');
  expect((await ask(`${url}/a`)).cache).toBe("Hit");
  await call("cloudfront", "CreateInvalidation", {
    DistributionId: made.id,
    InvalidationBatch: { CallerReference: "1", Paths: { Quantity: 1, Items: ["/a*"] } },
  });
  expect((await ask(`${url}/a`)).cache).toBe("Miss");
  // The policy's shortest time goes before what the origin says: a second.
  expect((await ask(`${url}/private`)).cache).toBe("Miss");
  expect((await ask(`${url}/private`)).cache).toBe("Hit");
  await world.clock.advance(1_500);
  expect((await ask(`${url}/private`)).cache).not.toBe("Hit");
});

test("the first behavior whose pattern fits decides on origin, methods and protocol; policies decide what the origin gets", async () => {
  const { call } = cloud;
  await using app = await startOrigin((_request, response) => void response.end("app"));
  await using api = await startOrigin((_request, response) => void response.end("api"));
  const made = await distribute(
    call,
    configOf(
      [
        customOrigin("app", app.port),
        customOrigin("api", api.port, {
          OriginPath: "/v1",
          CustomHeaders: { Quantity: 1, Items: [{ HeaderName: "x-origin-secret", HeaderValue: "s3cret" }] },
        }),
      ],
      {
        CacheBehaviors: {
          Quantity: 2,
          Items: [
            {
              PathPattern: "/api/*",
              TargetOriginId: "api",
              ViewerProtocolPolicy: "allow-all",
              CachePolicyId: cachingDisabled,
              OriginRequestPolicyId: allViewer,
              AllowedMethods: { Quantity: 7, Items: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"] },
            },
            { PathPattern: "/secure/*", TargetOriginId: "app", ViewerProtocolPolicy: "redirect-to-https", CachePolicyId: cachingDisabled },
          ],
        },
        DefaultRootObject: "index.html",
      },
    ),
  );
  const url = `http://${made.host}`;
  const posted = await ask(`${url}/api/x?y=1`, {
    method: "POST",
    body: "hello",
    headers: { Cookie: "a=1", "X-Own": "2", "User-Agent": "test", "x-origin-secret": "guess", "Content-Length": "5" },
  });
  expect([posted.status, posted.text, posted.cache]).toEqual([200, "api", "Miss"]);
  expect(api.asked[0]).toMatchObject({
    method: "POST",
    url: "/v1/api/x?y=1",
    body: "hello",
    headers: { host: made.host, cookie: "a=1", "x-own": "2", "user-agent": "test", "x-origin-secret": "s3cret" },
  });
  expect((await ask(`${url}/api/x`)).cache).toBe("Miss");
  expect((await ask(`${url}/api/x`)).cache).toBe("Miss");

  await ask(`${url}/?q=1`, { headers: { Cookie: "a=1", "X-Own": "2", Authorization: "Bearer 1" } });
  expect(app.asked[0]).toMatchObject({ url: "/index.html" });
  expect(Object.keys(app.asked[0]!.headers).toSorted()).toEqual([
    "connection",
    "host",
    "user-agent",
    "via",
    "x-amz-cf-id",
    "x-forwarded-for",
  ]);
  const refused = await ask(url, { method: "POST", body: "x" });
  expect([refused.status, refused.cache, refused.text]).toEqual([403, "Error", expect.stringContaining("supports only cachable requests")]);
  const moved = await ask(`${url}/secure/page?x=1`);
  expect([moved.status, moved.cache, moved.headers.location]).toEqual([301, "Redirect", `https://${made.host}/secure/page?x=1`]);
  const strange = await ask(url, { headers: { Host: "other.example.com" } });
  expect([strange.status, strange.text]).toEqual([403, expect.stringContaining("no alias")]);
});

test("answers are compressed for who takes it, kept in each form, and only those worth it", async () => {
  const { call } = cloud;
  const long = "0123456789".repeat(500);
  await using origin = await startOrigin((request, response) => {
    const body = request.url === "/short" ? "short" : long;
    response.writeHead(200, {
      "Content-Type": request.url === "/image" ? "image/png" : "text/html; charset=utf-8",
      "Content-Length": body.length,
      ETag: '"1"',
    });
    response.end(body);
  });
  const made = await distribute(call, configOf([customOrigin("app", origin.port)], {}, { Compress: true }));
  const get = (path: string, encoding: string) => ask(`http://${made.host}${path}`, { headers: { "Accept-Encoding": encoding } });
  const gzipped = await get("/page", "gzip");
  expect([gzipped.headers["content-encoding"], gzipped.headers.etag, gunzipSync(gzipped.bytes).toString() === long]).toEqual([
    "gzip",
    'W/"1"',
    true,
  ]);
  const brotli = await get("/page", "gzip, deflate, br");
  expect([brotli.headers["content-encoding"], brotliDecompressSync(brotli.bytes).toString() === long]).toEqual(["br", true]);
  const again = await get("/page", "gzip");
  expect([again.cache, again.headers["content-encoding"], again.headers.vary, gunzipSync(again.bytes).length]).toEqual([
    "Hit",
    "gzip",
    "Accept-Encoding",
    5000,
  ]);
  expect((await get("/page", "identity")).text).toBe(long);
  for (const path of ["/short", "/image"]) expect((await get(path, "gzip")).headers["content-encoding"]).toBeUndefined();
});

test("errors are kept for ten seconds, have pages of one's own, and lead to the second origin of a group", async () => {
  const { call, world } = cloud;
  let broken = true;
  await using first = await startOrigin((request, response) => {
    if (request.url === "/404.html") return void response.end("my page");
    if (!broken) return void response.writeHead(200, { "Cache-Control": "max-age=20" }).end("first");
    response.writeHead(request.url === "/denied" ? 403 : 503).end("first");
  });
  await using second = await startOrigin((request, response) => void response.writeHead(request.url === "/none" ? 404 : 200).end("second"));
  const origins = [customOrigin("first", first.port), customOrigin("second", second.port), customOrigin("gone", 9)];
  const group = (Id: string, ...members: string[]) => ({
    Id,
    FailoverCriteria: { StatusCodes: { Quantity: 2, Items: [403, 502] } },
    Members: { Quantity: 2, Items: members.map((OriginId) => ({ OriginId })) },
  });
  const behavior = (PathPattern: string, TargetOriginId: string) => ({
    PathPattern,
    TargetOriginId,
    ViewerProtocolPolicy: "allow-all",
    CachePolicyId: cachingDisabled,
  });
  const made = await distribute(
    call,
    configOf(origins, {
      OriginGroups: { Quantity: 2, Items: [group("one", "first", "second"), group("two", "gone", "second")] },
      CacheBehaviors: {
        Quantity: 5,
        Items: [
          behavior("/denied", "one"),
          behavior("/two", "two"),
          behavior("/none", "second"),
          behavior("/gone", "gone"),
          behavior("/404.html", "first"),
        ],
      },
      CustomErrorResponses: {
        Quantity: 1,
        Items: [{ ErrorCode: 404, ResponsePagePath: "/404.html", ResponseCode: "200", ErrorCachingMinTTL: 1 }],
      },
    }),
  );
  const url = `http://${made.host}`;
  const failed = await ask(`${url}/x`);
  expect([failed.status, failed.text, failed.cache]).toEqual([503, "first", "Error"]);
  broken = false;
  expect([(await ask(`${url}/x`)).status, countOf(first)]).toEqual([503, 1]);
  await world.clock.advance(10_001);
  expect((await ask(`${url}/x`)).status).toBe(200);
  broken = true;
  expect((await ask(`${url}/denied`)).text).toBe("second");
  expect((await ask(`${url}/two`)).text).toBe("second");
  const page = await ask(`${url}/none`);
  expect([page.status, page.text, page.cache]).toEqual([200, "my page", "Error"]);
  const gone = await ask(`${url}/gone`);
  expect([gone.status, gone.cache, gone.text]).toEqual([502, "Error", expect.stringContaining("wasn't able to connect to the origin")]);
  // What is kept goes on being served while the origin fails.
  await world.clock.advance(21_000);
  const stale = await ask(`${url}/x`);
  expect([stale.status, stale.text]).toEqual([200, "first"]);
});

test("many who ask for the same at once are one request to the origin", async () => {
  const { call } = cloud;
  const waiting: (() => void)[] = [];
  await using origin = await startOrigin((_request, response) => void waiting.push(() => response.end("once")));
  const made = await distribute(call, configOf([customOrigin("app", origin.port)]));
  const answers = Array.from({ length: 5 }, () => ask(`http://${made.host}/same`));
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]!();
  const all = await Promise.all(answers);
  expect(all.map(({ text }) => text)).toEqual(Array.from({ length: 5 }, () => "once"));
  expect(countOf(origin)).toBe(1);
});

test("functions change requests and answers, or answer themselves; what they say is in CloudWatch Logs", async () => {
  const { call } = cloud;
  await using origin = await startOrigin((request, response) => void response.end(request.url));
  const publish = async (Name: string, code: string) => {
    const { ETag, FunctionSummary } = await call("cloudfront", "CreateFunction", {
      Name,
      FunctionConfig: { Comment: "", Runtime: "cloudfront-js-2.0" },
      FunctionCode: Buffer.from(code),
    });
    await call("cloudfront", "PublishFunction", { Name, IfMatch: ETag! });
    return FunctionSummary!.FunctionMetadata!.FunctionARN!;
  };
  const onRequest = await publish(
    "rewrite",
    `async function handler(event) {
      const request = event.request;
      console.log("saw", request.uri);
      if (request.uri === "/old") return { statusCode: 302, headers: { location: { value: "/new" } } };
      if (request.uri === "/throws") throw new Error("no");
      if (request.uri === "/loops") for (;;);
      request.uri += "/index.html";
      request.querystring.from = { value: request.headers.host.value ? "edge" : "" };
      return request;
    }`,
  );
  const onResponse = await publish(
    "sign",
    `function handler({ response }) { response.headers["x-signed"] = { value: "yes" }; return response; }`,
  );
  const associations = [
    { EventType: "viewer-request", FunctionARN: onRequest },
    { EventType: "viewer-response", FunctionARN: onResponse },
  ];
  const made = await distribute(
    call,
    configOf(
      [customOrigin("app", origin.port)],
      {},
      { CachePolicyId: cachingDisabled, OriginRequestPolicyId: allViewer, FunctionAssociations: { Quantity: 2, Items: associations } },
    ),
  );
  const url = `http://${made.host}`;
  const answer = await ask(`${url}/a`);
  expect([answer.text, answer.headers["x-signed"]]).toEqual(["/a/index.html?from=edge", "yes"]);
  const moved = await ask(`${url}/old`);
  expect([moved.status, moved.headers.location, moved.cache]).toEqual([302, "/new", "FunctionGeneratedResponse"]);
  expect([(await ask(`${url}/throws`)).status, (await ask(`${url}/loops`)).status]).toEqual([503, 503]);
  const said = async () =>
    (await call("logs", "FilterLogEvents", { logGroupName: "/aws/cloudfront/function/rewrite" })).events!.map(({ message }) =>
      message!.replace(/^\S+ /, ""),
    );
  await expect.poll(said).toEqual(expect.arrayContaining(["saw /a", "Error: Error: no"]));
  await expect(
    call("cloudfront", "DeleteFunction", { Name: "sign", IfMatch: (await call("cloudfront", "DescribeFunction", { Name: "sign" })).ETag! }),
  ).rejects.toMatchObject({ code: "FunctionInUse" });
});

test("WebSockets pass to the origin, and a disabled distribution listens no more", async () => {
  const { call } = cloud;
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("upgrade", (request, socket) => {
    sockets.add(socket as Socket);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\nX-Path: ${request.url}\r\n\r\n`);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const made = await distribute(
      call,
      configOf(
        [customOrigin("app", (server.address() as AddressInfo).port)],
        {},
        { CachePolicyId: cachingDisabled, OriginRequestPolicyId: allViewer },
      ),
    );
    const [host = "", port = "80"] = made.host.split(":");
    const socket = connect({ host, port: Number(port) });
    let seen = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => (seen += chunk.toString()));
    socket.write(`GET /chat HTTP/1.1\r\nHost: ${made.host}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
    await expect.poll(() => seen).toMatch(/^HTTP\/1\.1 101 [\s\S]*x-path: \/chat[\s\S]*\r\n\r\n/i);
    socket.write("hello");
    await expect.poll(() => seen).toMatch(/\r\n\r\nhello$/);
    socket.destroy();
    await change(call, made.id, (config) => ({ ...config, Enabled: false }));
    await expect(ask(`http://${made.host}`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  }
});

test("requests are in the bucket for logs after five minutes, and in CloudWatch after one", async () => {
  const { call, world } = cloud;
  await using origin = await startOrigin((_request, response) => void response.writeHead(404).end("none"));
  await call("s3", "CreateBucket", { Bucket: "edge-logs" });
  const Logging = { Enabled: true, IncludeCookies: true, Bucket: "edge-logs.s3.amazonaws.com", Prefix: "site" };
  const made = await distribute(call, configOf([customOrigin("app", origin.port)], { Logging }));
  await ask(`http://${made.host}/page?a=1`, { headers: { Cookie: "who=ada", "User-Agent": "test browser" } });
  await expect
    .poll(async () => {
      await world.clock.advance(60_000);
      const { Contents = [] } = await call("s3", "ListObjectsV2", { Bucket: "edge-logs" });
      return Contents.length;
    })
    .toBe(1);
  const [{ Key }] = (await call("s3", "ListObjectsV2", { Bucket: "edge-logs" })).Contents as [{ Key: string }];
  expect(Key).toMatch(new RegExp(String.raw`^site/${made.id}\.\d{4}-\d\d-\d\d-\d\d\.[0-9a-f]{8}\.gz$`));
  const { Body } = await call("s3", "GetObject", { Bucket: "edge-logs", Key });
  const [version, fields, line] = gunzipSync(Body as unknown as Buffer)
    .toString()
    .split("\n") as [string, string, string];
  const values = Object.fromEntries(
    fields
      .replace("#Fields: ", "")
      .split(" ")
      .map((name, at) => [name, line.split("\t")[at]]),
  );
  expect(version).toBe("#Version: 1.0");
  expect(values).toMatchObject({
    "cs-method": "GET",
    "cs-uri-stem": "/page",
    "cs-uri-query": "a=1",
    "sc-status": "404",
    "cs(User-Agent)": "test%20browser",
    "cs(Cookie)": "who=ada",
    "x-edge-result-type": "Error",
    "cs-protocol": "http",
  });
  const metric = async (MetricName: string, statistic: "Sum" | "Average") => {
    const { Datapoints = [] } = await call("cloudwatch", "GetMetricStatistics", {
      Namespace: "AWS/CloudFront",
      MetricName,
      Dimensions: [
        { Name: "DistributionId", Value: made.id },
        { Name: "Region", Value: "Global" },
      ],
      StartTime: new Date(world.clock.nowMs() - 3_600_000),
      EndTime: new Date(world.clock.nowMs()),
      Period: 3600,
      Statistics: [statistic],
    });
    return Datapoints.map((point) => point[statistic]);
  };
  await expect.poll(() => metric("Requests", "Sum")).toEqual([1]);
  expect(await metric("4xxErrorRate", "Average")).toEqual([100]);
});

test("an origin access identity reads what the bucket's policy lets it, and anybody else nothing", async () => {
  const { call } = cloud;
  await call("s3", "CreateBucket", { Bucket: "old-site" });
  await call("s3", "PutObject", { Bucket: "old-site", Key: "a.txt", Body: Buffer.from("old") as never });
  const { CloudFrontOriginAccessIdentity } = await call("cloudfront", "CreateCloudFrontOriginAccessIdentity", {
    CloudFrontOriginAccessIdentityConfig: { CallerReference: "old", Comment: "" },
  });
  const id = CloudFrontOriginAccessIdentity!.Id!;
  const bucket = (OriginAccessIdentity: string) => ({
    Id: "files",
    DomainName: "old-site.s3.us-east-1.amazonaws.com",
    S3OriginConfig: { OriginAccessIdentity },
  });
  const withIdentity = await distribute(call, configOf([bucket(`origin-access-identity/cloudfront/${id}`)]));
  const without = await distribute(call, configOf([bucket("")]));
  const status = async ({ host }: { host: string }) => (await ask(`http://${host}/a.txt`)).status;
  expect([await status(withIdentity), await status(without)]).toEqual([403, 403]);
  await call("s3", "PutBucketPolicy", {
    Bucket: "old-site",
    Policy: JSON.stringify({
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ${id}` },
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::old-site/*",
        },
      ],
    }),
  });
  expect([await status(withIdentity), await status(without)]).toEqual([200, 403]);
});
