/** What happens by the clock: idle clients and targets, health by AWS's schedule, draining, logs and metrics. */
import { gunzipSync } from "node:zlib";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startSimulatedCloud } from "../../cloud.ts";
import { createBalancer, createGroup, fixed, forwardTo, listen, startBackend } from "./front.ts";

type Simulated = Awaited<ReturnType<typeof startSimulatedCloud>>;

/** Lets time pass in steps until something holds, with the sockets' own time in between. */
async function passUntil({ world }: Simulated, stepMs: number, holds: () => boolean | Promise<boolean>): Promise<number> {
  for (let passedMs = 0; passedMs < 10 * 60_000; passedMs += stepMs) {
    if (await holds()) return passedMs;
    await world.clock.advance(stepMs);
    await new Promise((done) => setImmediate(done));
  }
  throw new Error("it never held");
}

function client({ host, port }: { host: string; port: number }, text: string) {
  const socket = connect(port, host, () => socket.write(text));
  const state = { answer: "", closed: false, socket };
  socket.on("data", (bytes: Buffer) => (state.answer += bytes.toString("latin1")));
  socket.on("close", () => (state.closed = true));
  socket.on("error", () => {});
  return state;
}

test("a slow-loris client, a silent target and a quiet connection end at the idle timeout", async () => {
  await using test = await startSimulatedCloud();
  await using backend = await startBackend((request, response) => {
    if (request.url !== "/never") response.end("ok");
  });
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app", { HealthCheckEnabled: false });
  const place = await listen(test.call, front, forwardTo(group));
  await test.call("elbv2", "RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "127.0.0.1", Port: backend.port }] });
  await test.call("elbv2", "ModifyLoadBalancerAttributes", {
    LoadBalancerArn: front.arn,
    Attributes: [{ Key: "idle_timeout.timeout_seconds", Value: "10" }],
  });
  const loris = client(place, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow");
  const body = client(place, "POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  const silent = client(place, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
  const quiet = client(place, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await expect.poll(() => quiet.answer).toContain("ok");
  await expect.poll(() => silent.socket.bytesWritten).toBeGreaterThan(0);
  await passUntil(test, 1000, () => {
    // One more byte of the head each second does not keep it alive.
    if (!loris.closed) loris.socket.write("w");
    return loris.closed && silent.closed && quiet.closed && body.closed;
  });
  expect([loris, body, silent].map(({ answer }) => answer.slice(0, answer.indexOf("\r\n")))).toEqual([
    "HTTP/1.1 408 Request Time-out",
    "HTTP/1.1 408 Request Time-out",
    "HTTP/1.1 504 Gateway Time-out",
  ]);
});

test("health follows the checks: initial, healthy, unhealthy with its reason, healthy again after the threshold", async () => {
  await using test = await startSimulatedCloud();
  let status = 200;
  let checks = 0;
  await using backend = await startBackend((request, response) => {
    if (request.headers["user-agent"] === "ELB-HealthChecker/2.0") checks++;
    response.statusCode = status;
    response.end();
  });
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app", {
    HealthCheckPath: "/health",
    HealthCheckIntervalSeconds: 10,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 3,
    UnhealthyThresholdCount: 2,
    Matcher: { HttpCode: "200-299,404" },
  });
  await test.call("elbv2", "RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "127.0.0.1", Port: backend.port }] });
  const health = async () =>
    (await test.call("elbv2", "DescribeTargetHealth", { TargetGroupArn: group })).TargetHealthDescriptions![0]!.TargetHealth!;
  expect(await health()).toEqual({
    State: "unused",
    Reason: "Target.NotInUse",
    Description: "Target group is not configured to receive traffic from the load balancer",
  });
  await listen(test.call, front, forwardTo(group));
  expect((await health()).State).toBe("initial");
  // One pass is enough for a new target.
  await passUntil(test, 10, async () => (await health()).State === "healthy");
  expect(checks).toBe(1);
  status = 500;
  const passedMs = await passUntil(test, 500, async () => (await health()).State === "unhealthy");
  expect(passedMs).toBeGreaterThan(10_000);
  expect(await health()).toEqual({
    State: "unhealthy",
    Reason: "Target.ResponseCodeMismatch",
    Description: "Health checks failed with these codes: [500]",
  });
  status = 404;
  const again = await passUntil(test, 500, async () => (await health()).State === "healthy");
  expect(again).toBeGreaterThan(20_000);
});

test("access logs lie in the bucket every five minutes, and metrics in CloudWatch every minute", async () => {
  await using test = await startSimulatedCloud();
  const front = await createBalancer(test.call);
  const attributes = (...pairs: [string, string][]) =>
    test.call("elbv2", "ModifyLoadBalancerAttributes", {
      LoadBalancerArn: front.arn,
      Attributes: pairs.map(([Key, Value]) => ({ Key, Value })),
    });
  await expect(attributes(["access_logs.s3.enabled", "true"], ["access_logs.s3.bucket", "logs"])).rejects.toMatchObject({
    code: "InvalidConfigurationRequest",
  });
  await test.call("s3", "CreateBucket", { Bucket: "logs", CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
  await attributes(["access_logs.s3.enabled", "true"], ["access_logs.s3.bucket", "logs"], ["access_logs.s3.prefix", "front"]);
  const place = await listen(test.call, front, fixed("hello"));
  expect(await (await fetch(`${place.url}/a?b=c`, { headers: { "User-Agent": 'odd "agent"' } })).text()).toBe("hello");
  const keys = async () => ((await test.call("s3", "ListObjectsV2", { Bucket: "logs" })).Contents ?? []).map(({ Key }) => Key!);
  await test.world.clock.advance(5 * 60_000);
  await expect.poll(async () => (await keys()).length).toBe(2);
  const [testFile, log] = (await keys()).toSorted((a, b) => a.length - b.length);
  expect(testFile).toBe("front/AWSLogs/123456789012/ELBAccessLogTestFile");
  const id = front.arn.slice(front.arn.indexOf("app/")).replaceAll("/", ".");
  expect(log).toMatch(
    new RegExp(
      `^front/AWSLogs/123456789012/elasticloadbalancing/eu-central-1/2026/01/01/123456789012_elasticloadbalancing_eu-central-1_${id}_20260101T\\d{4}Z_[\\d.]+_[a-z0-9]{8}\\.log\\.gz$`,
    ),
  );
  const { Body } = await test.call("s3", "GetObject", { Bucket: "logs", Key: log! });
  // Inside the process a small object's content is the bytes themselves.
  const line = gunzipSync(Body as unknown as Uint8Array).toString();
  expect(line).toMatch(
    /^http 2026-01-01T00:\d\d:\d\d\.\d{6}Z app\/front\/[0-9a-f]{16} 127[\d.]+:\d+ - -1 -1 -1 200 - 0 5 "GET http:\/\/127[\d.]+:\d+\/a\?b=c HTTP\/1\.1" "odd \\x22agent\\x22" - - - "Root=1-[0-9a-f-]+" "-" "-" 0 2026-01-01T[\d:.]+Z "fixed-response" "-" "-" "-" "-" "-" "-" TID_[0-9a-f]+\n$/,
  );
  const { Metrics } = await test.call("cloudwatch", "ListMetrics", { Namespace: "AWS/ApplicationELB" });
  expect([...new Set(Metrics!.map(({ MetricName }) => MetricName!))].toSorted()).toEqual([
    "ActiveConnectionCount",
    "HTTP_Fixed_Response_Count",
    "NewConnectionCount",
    "ProcessedBytes",
  ]);
  const full = front.arn.slice(front.arn.indexOf("app/"));
  expect(Metrics![0]!.Dimensions).toEqual([{ Name: "LoadBalancer", Value: full }]);
});

test("metrics of requests, targets and answers stand under AWS's names and dimensions", async () => {
  await using test = await startSimulatedCloud();
  await using backend = await startBackend((request, response) => {
    response.statusCode = request.url === "/bad" ? 500 : 200;
    response.end();
  });
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app");
  const { url } = await listen(test.call, front, forwardTo(group));
  await fetch(url);
  await test.call("elbv2", "RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "127.0.0.1", Port: backend.port }] });
  const state = async () =>
    (await test.call("elbv2", "DescribeTargetHealth", { TargetGroupArn: group })).TargetHealthDescriptions![0]!.TargetHealth!.State;
  await passUntil(test, 10, async () => (await state()) === "healthy");
  for (const path of ["/", "/", "/bad"]) await fetch(url + path);
  await test.world.clock.advance(61_000);
  const sum = async (MetricName: string, Statistic: "Sum" | "SampleCount" | "Maximum", ofGroup = false) => {
    const Dimensions = [
      { Name: "LoadBalancer", Value: front.arn.slice(front.arn.indexOf("app/")) },
      ...(ofGroup ? [{ Name: "TargetGroup", Value: group.slice(group.indexOf("targetgroup/")) }] : []),
    ];
    const { Datapoints } = await test.call("cloudwatch", "GetMetricStatistics", {
      Namespace: "AWS/ApplicationELB",
      MetricName,
      Dimensions,
      StartTime: new Date(Date.UTC(2025, 11, 31)),
      EndTime: new Date(Date.UTC(2026, 0, 2)),
      Period: 86_400,
      Statistics: [Statistic],
    });
    return Datapoints![0]?.[Statistic];
  };
  expect([
    await sum("RequestCount", "Sum"),
    await sum("RequestCount", "Sum", true),
    await sum("HTTPCode_Target_2XX_Count", "Sum", true),
    await sum("HTTPCode_Target_5XX_Count", "Sum"),
    await sum("HTTPCode_ELB_5XX_Count", "Sum"),
    await sum("HTTPCode_ELB_503_Count", "Sum"),
    await sum("TargetResponseTime", "SampleCount"),
    await sum("HealthyHostCount", "Maximum", true),
    await sum("UnHealthyHostCount", "Maximum", true),
    await sum("RequestCountPerTarget", "Sum", true),
  ]).toEqual([3, 3, 2, 1, 1, 1, 3, 1, 0, 3]);
});

test("a deregistered target drains: no new requests, the open one ends, then it is gone", async () => {
  await using test = await startSimulatedCloud();
  let finish = () => {};
  await using one = await startBackend((request, response) => {
    if (request.url === "/open") finish = () => response.end("done");
    else response.end("one");
  });
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app", { HealthCheckEnabled: false });
  const { url } = await listen(test.call, front, forwardTo(group));
  const Targets = [{ Id: "127.0.0.1", Port: one.port }];
  await test.call("elbv2", "RegisterTargets", { TargetGroupArn: group, Targets });
  const open = fetch(`${url}/open`).then((answer) => answer.text());
  await expect.poll(() => finish.toString()).toContain("done");
  await test.call("elbv2", "DeregisterTargets", { TargetGroupArn: group, Targets });
  const health = async () => (await test.call("elbv2", "DescribeTargetHealth", { TargetGroupArn: group })).TargetHealthDescriptions!;
  await test.world.clock.advance(1000);
  expect((await health())[0]!.TargetHealth).toEqual({
    State: "draining",
    Reason: "Target.DeregistrationInProgress",
    Description: "Target deregistration is in progress",
  });
  expect((await fetch(url)).status).toBe(503);
  finish();
  expect(await open).toBe("done");
  await expect.poll(async () => (await health()).length).toBe(0);
});
