/** A load balancer's traffic, from outside: real connections to real targets. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { placeFirewall, type InspectedRequest } from "../../../src/runtime/firewall/firewall.ts";
import { startTestCloud } from "../../cloud.ts";
import { createBalancer, createGroup, exchangeRaw, fixed, forwardTo, listen, registerHealthy, startBackend } from "./front.ts";

const echo = () =>
  startBackend((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.setHeader("Content-Type", "application/json");
      response.setHeader("X-Target", "yes");
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
  });

interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

test("a request reaches a healthy target with AWS's headers, and its answer comes back whole", async () => {
  await using test = await startTestCloud();
  await using backend = await echo();
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app");
  const { url, host, port } = await listen(test.call, front, forwardTo(group));
  expect((await fetch(url)).status).toBe(503);
  await registerHealthy(test.call, group, backend.port);

  const answer = await fetch(`${url}/a/b?c=d`, {
    method: "POST",
    body: "hello",
    headers: { "X-Forwarded-For": "203.0.113.9", "X-Own": "1" },
  });
  expect([answer.status, answer.headers.get("x-target"), answer.headers.get("server")]).toEqual([200, "yes", null]);
  const seen = (await answer.json()) as Echo;
  expect(seen).toMatchObject({ method: "POST", url: "/a/b?c=d", body: "hello" });
  expect(seen.headers).toMatchObject({
    host: `${host}:${port}`,
    "x-forwarded-for": expect.stringMatching(/^203\.0\.113\.9, 127\./) as string,
    "x-forwarded-proto": "http",
    "x-forwarded-port": String(port),
    "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/) as string,
    "x-own": "1",
  });

  // A body without a length, and one of a megabyte.
  const stream = new ReadableStream({
    start(controller) {
      for (let at = 0; at < 16; at++) controller.enqueue(Buffer.alloc(65_536, 97));
      controller.close();
    },
  });
  const long = (await (await fetch(url, { method: "POST", body: stream, duplex: "half" } as RequestInit)).json()) as Echo;
  expect(long.body.length).toBe(1_048_576);
  expect(long.headers["transfer-encoding"]).toBe("chunked");
});

test("rules decide by path, host, header, method, query and source, in order of priority", async () => {
  await using test = await startTestCloud();
  const front = await createBalancer(test.call);
  const { arn, url } = await listen(test.call, front, fixed("default"));
  const rule = (Priority: number, name: string, Conditions: Parameters<typeof test.call<"elbv2", "CreateRule">>[2]["Conditions"]) =>
    test.call("elbv2", "CreateRule", { ListenerArn: arn, Priority, Conditions, Actions: fixed(name) });
  await rule(50, "api", [{ Field: "path-pattern", Values: ["/api/*"] }]);
  await rule(10, "exact", [{ Field: "path-pattern", PathPatternConfig: { Values: ["/api/one", "/v?"] } }]);
  await rule(20, "host", [{ Field: "host-header", Values: ["*.example.com"] }]);
  await rule(21, "header", [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-Kind", Values: ["*beta*"] } }]);
  await rule(22, "method", [
    { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["DELETE"] } },
    { Field: "path-pattern", Values: ["/things/*"] },
  ]);
  await rule(23, "query", [{ Field: "query-string", QueryStringConfig: { Values: [{ Key: "version", Value: "2*" }] } }]);
  await rule(24, "nobody", [{ Field: "source-ip", SourceIpConfig: { Values: ["10.0.0.0/8"] } }]);
  await rule(25, "regex", [{ Field: "path-pattern", PathPatternConfig: { RegexValues: ["^/r/[0-9]+$"] } }]);
  const get = async (path: string, init: RequestInit = {}) => (await fetch(url + path, init)).text();
  expect(await get("/api/one")).toBe("exact");
  expect(await get("/api/two")).toBe("api");
  expect(await get("/API/two")).toBe("default");
  expect(await get("/v1")).toBe("exact");
  expect(await get("/v12")).toBe("default");
  expect(await get("/x", { headers: { "X-Kind": "the BETA one" } })).toBe("header");
  expect(await get("/things/1", { method: "DELETE" })).toBe("method");
  expect(await get("/things/1")).toBe("default");
  expect(await get("/x?a=1&VERSION=2.1")).toBe("query");
  expect(await get("/r/12")).toBe("regex");
  const [, hostPort] = url.split("//");
  const [host, port] = hostPort!.split(":");
  expect(
    await exchangeRaw({ host: host!, port: Number(port) }, "GET / HTTP/1.1\r\nHost: API.Example.com\r\nConnection: close\r\n\r\n"),
  ).toMatch(/\r\n\r\nhost$/);
  // Priorities swap in one act.
  const { Rules } = await test.call("elbv2", "DescribeRules", { ListenerArn: arn });
  const of = (priority: string) => Rules!.find(({ Priority }) => Priority === priority)!.RuleArn!;
  await test.call("elbv2", "SetRulePriorities", {
    RulePriorities: [
      { RuleArn: of("50"), Priority: 10 },
      { RuleArn: of("10"), Priority: 50 },
    ],
  });
  expect(await get("/api/one")).toBe("api");
});

test("redirects fill in what they were asked under", async () => {
  await using test = await startTestCloud();
  const front = await createBalancer(test.call);
  const { url, host } = await listen(test.call, front, [
    {
      Type: "redirect",
      RedirectConfig: { Protocol: "HTTPS", Port: "443", Path: "/new/#{path}", Query: "#{query}&via=lb", StatusCode: "HTTP_301" },
    },
  ]);
  const answer = await fetch(`${url}/a/b?c=1`, { redirect: "manual" });
  expect([answer.status, answer.headers.get("location"), answer.headers.get("server")]).toEqual([
    301,
    `https://${host}:443/new/a/b?c=1&via=lb`,
    "awselb/2.0",
  ]);
});

test("what is malformed, too long or ambiguous is refused as by AWS, and never reaches a target", async () => {
  await using test = await startTestCloud();
  let reached = 0;
  await using backend = await startBackend((_, response) => {
    reached++;
    response.end("ok");
  });
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app", { HealthCheckEnabled: false });
  const place = await listen(test.call, front, forwardTo(group));
  await test.call("elbv2", "RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "127.0.0.1", Port: backend.port }] });
  const head = "POST / HTTP/1.1\r\nHost: x\r\n";
  const cases: [text: string, status: string][] = [
    [`${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, "400 Bad Request"],
    [`${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, "400 Bad Request"],
    [`${head}Content-Length: +3\r\n\r\nabc`, "400 Bad Request"],
    [`${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, "400 Bad Request"],
    [`${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, "501 Not Implemented"],
    [`${head}X-A: 1\r\n folded: 2\r\n\r\n`, "400 Bad Request"],
    ["GET / HTTP/1.1\r\n\r\n", "400 Bad Request"],
    ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request"],
    ["GET / HTTP/3.0\r\nHost: a\r\n\r\n", "400 Bad Request"],
    ["nonsense\r\n\r\n", "400 Bad Request"],
    [`GET /${"a".repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, "414 Request-URI Too Large"],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(17_000)}\r\n\r\n`, "400 Bad Request"],
    ["TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "405 Method Not Allowed"],
    [
      `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${Array.from({ length: 31 }, () => "1.1.1.1").join(", ")}\r\nConnection: close\r\n\r\n`,
      "463 ",
    ],
  ];
  for (const [text, status] of cases) {
    const answer = await exchangeRaw(place, text);
    expect([answer.slice(0, answer.indexOf("\r\n")), answer.match(/HTTP\/1\.1 /g)?.length]).toEqual([`HTTP/1.1 ${status}`, 1]);
    expect(answer).toContain("Server: awselb/2.0\r\n");
  }
  // A chunk that lies about its length breaks the request off; the target may have seen its beginning, never an end.
  await exchangeRaw(place, `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n`);
  expect(reached).toBeLessThanOrEqual(1);
});

test("a target that breaks off, lies or does not listen is a bad gateway; requests on one connection follow each other", async () => {
  await using test = await startTestCloud();
  await using backend = await startBackend((request, response) => {
    if (request.url === "/closed") return void request.socket.destroy();
    if (request.url === "/malformed") return void request.socket.end("HTTP/1.1 abc\r\n\r\n");
    if (request.url === "/both")
      return void request.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    if (request.url === "/until-close") {
      request.socket.write("HTTP/1.1 200 OK\r\n\r\n");
      return void request.socket.end("all of it");
    }
    response.end(request.url);
  });
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app");
  const place = await listen(test.call, front, forwardTo(group));
  await registerHealthy(test.call, group, backend.port);
  const status = async (path: string) => (await fetch(place.url + path)).status;
  expect([await status("/closed"), await status("/malformed"), await status("/both"), await status("/fine")]).toEqual([502, 502, 502, 200]);
  expect(await (await fetch(`${place.url}/until-close`)).text()).toBe("all of it");
  const bad = await fetch(`${place.url}/closed`);
  expect([bad.headers.get("server"), bad.headers.get("content-type"), await bad.text()]).toEqual([
    "awselb/2.0",
    "text/html",
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
  ]);
  const request = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
  const three = await exchangeRaw(place, request("/1") + request("/2") + request("/3", "Connection: close\r\n"));
  expect(three.match(/\r\n\r\n\/\d/g)).toEqual(["\r\n\r\n/1", "\r\n\r\n/2", "\r\n\r\n/3"]);
  const old = await exchangeRaw(place, "GET /old HTTP/1.0\r\n\r\n");
  expect(old).toMatch(/Connection: close\r\n\r\n\/old$/);
});

test("WebSockets pass, and what follows the handshake", async () => {
  await using test = await startTestCloud();
  const sockets = createServer((_, response) => response.end("ok"));
  sockets.on("upgrade", (request, socket) => {
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on("data", (bytes) => socket.write(Buffer.concat([Buffer.from("echo:"), bytes])));
    socket.on("error", () => {});
  });
  await new Promise<void>((done) => sockets.listen(0, "127.0.0.1", done));
  const { port } = sockets.address() as { port: number };
  try {
    const front = await createBalancer(test.call);
    const group = await createGroup(test.call, "ws");
    const place = await listen(test.call, front, forwardTo(group));
    await registerHealthy(test.call, group, port);
    const socket = connect(place.port, place.host);
    let all = "";
    socket.on("data", (bytes: Buffer) => (all += bytes.toString()));
    socket.write(
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    await expect.poll(() => all).toContain("\r\n\r\n");
    expect(all).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(all).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    socket.write("one");
    await expect.poll(() => all).toContain("echo:one");
    const ended = new Promise((done) => socket.once("close", done));
    socket.end();
    await ended;
  } finally {
    sockets.closeAllConnections();
    sockets.close();
  }
});

test("a sticky client stays with its target; round robin takes turns", async () => {
  await using test = await startTestCloud();
  await using one = await startBackend((_, response) => response.end("one"));
  await using two = await startBackend((_, response) => response.end("two"));
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app");
  const { url } = await listen(test.call, front, forwardTo(group));
  await registerHealthy(test.call, group, one.port, two.port);
  const get = async (cookie = "") => {
    const answer = await fetch(url, { headers: { Cookie: cookie } });
    return { body: await answer.text(), cookies: answer.headers.getSetCookie() };
  };
  const turns = [(await get()).body, (await get()).body, (await get()).body, (await get()).body];
  expect(turns.filter((each) => each === "one").length).toBe(2);
  await test.call("elbv2", "ModifyTargetGroupAttributes", {
    TargetGroupArn: group,
    Attributes: [
      { Key: "stickiness.enabled", Value: "true" },
      { Key: "stickiness.lb_cookie.duration_seconds", Value: "60" },
    ],
  });
  const first = await get();
  expect(first.cookies.map((each) => each.replace(/=[^;]+/, "").replace(/Expires[^;]+/, "Expires"))).toEqual([
    "AWSALB; Expires; Path=/",
    "AWSALBCORS; Expires; Path=/; SameSite=None",
  ]);
  const cookie = first.cookies[0]!.split(";")[0]!;
  for (let at = 0; at < 4; at++) expect((await get(cookie)).body).toBe(first.body);
  expect((await get("AWSALB=made-up-by-someone-who-is-not-the-load-balancer")).cookies.length).toBe(2);
});

test("a firewall is asked about each request, sees the body without losing it, and its answer holds", async () => {
  await using test = await startTestCloud();
  await using backend = await echo();
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app");
  const { url } = await listen(test.call, front, forwardTo(group));
  await registerHealthy(test.call, group, backend.port);
  const seen: InspectedRequest[] = [];
  placeFirewall(test.cloud, front.arn, {
    bodyLimitBytes: 8,
    inspect(request) {
      seen.push(request);
      if (Buffer.from(request.body).toString().includes("evil"))
        return { action: "BLOCK", status: 403, headers: [["X-Blocked", "1"]], body: "no" };
      return { action: "ALLOW", insertHeaders: [["x-amzn-waf-seen", "1"]] };
    },
  });
  const blocked = await fetch(`${url}/x?y=z`, { method: "POST", body: "evil" });
  expect([blocked.status, blocked.headers.get("x-blocked"), await blocked.text()]).toEqual([403, "1", "no"]);
  expect(seen[0]).toMatchObject({ method: "POST", path: "/x", query: "y=z", httpVersion: "HTTP/1.1", bodyCut: false });
  const passed = (await (await fetch(url, { method: "POST", body: "harmless and long enough" })).json()) as Echo;
  expect([passed.body, passed.headers["x-amzn-waf-seen"], Buffer.from(seen[1]!.body).toString(), seen[1]!.bodyCut]).toEqual([
    "harmless and long enough",
    "1",
    "harmless",
    true,
  ]);
  placeFirewall(test.cloud, front.arn, undefined);
  expect((await fetch(url, { method: "POST", body: "evil" })).status).toBe(200);
});
