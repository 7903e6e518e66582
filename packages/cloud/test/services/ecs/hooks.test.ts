/** Lifecycle hooks that invoke functions: when they are called, with what, and what becomes of a deployment by their answer. */
import { expect, test } from "vitest";
import type { Input } from "../../../src/aws.ts";
import { zipOf } from "../../../src/services/lambda/zip.ts";
import { startHurriedServer } from "../../server.ts";
import { allow, trust } from "../scheduler/place.ts";
import { type Place, startPlace } from "./place.ts";
import { minuteMs, shifting, text } from "./shifting.ts";

type Hook = NonNullable<NonNullable<Input<"ecs", "CreateService">["deploymentConfiguration"]>["lifecycleHooks"]>[number];

interface Told {
  executionId: string;
  lifecycleStage: string;
  resourceArn: string;
  executionDetails: {
    serviceArn: string;
    targetServiceRevisionArn: string;
    testTrafficWeights: Record<string, number>;
    productionTrafficWeights: Record<string, number>;
  };
  hookDetails?: Record<string, unknown>;
}

const functionArn = "arn:aws:lambda:eu-central-1:123456789012:function:looks";
const roleArn = "arn:aws:iam::123456789012:role/calls";
/** Writes what it is told, and answers what `hookDetails` has for the stage. */
const code = `exports.handler = async (event) => {
  console.log("TOLD " + JSON.stringify(event));
  const answer = event.hookDetails?.[event.lifecycleStage] ?? { hookStatus: "SUCCEEDED" };
  if (answer.error) throw new Error(answer.error);
  return answer;
};`;

async function withFunction({ call }: Place) {
  const { Role } = await call("iam", "CreateRole", { RoleName: "looks", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") });
  await call("iam", "PutRolePolicy", { RoleName: "looks", PolicyName: "logs", PolicyDocument: allow("logs:*", "*") });
  await call("iam", "CreateRole", { RoleName: "calls", AssumeRolePolicyDocument: trust("ecs.amazonaws.com") });
  const mayCall = (name: string) =>
    call("iam", "PutRolePolicy", {
      RoleName: "calls",
      PolicyName: "own",
      PolicyDocument: allow("lambda:InvokeFunction", functionArn.replace("looks", name)),
    });
  await mayCall("looks");
  await call("lambda", "CreateFunction", {
    FunctionName: "looks",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: Role!.Arn!,
    Timeout: 900,
    Code: { ZipFile: zipOf("index.js", Buffer.from(code)) },
  });
  const told = async (): Promise<Told[]> => {
    const { events = [] } = await call("logs", "FilterLogEvents", { logGroupName: "/aws/lambda/looks", filterPattern: "TOLD" });
    return events.map(({ message = "" }) => JSON.parse(message.slice(message.indexOf("TOLD ") + 5)) as Told);
  };
  return { mayCall, told };
}

const hook = (lifecycleStages: string[], hookDetails: object = {}, more: Partial<Hook> = {}): Hook =>
  ({ targetType: "AWS_LAMBDA", hookTargetArn: functionArn, roleArn, lifecycleStages, hookDetails, ...more }) as Hook;

test("a function is told of each stage and each step, may ask for time and hand something on, and goes along on the way back", async () => {
  await using place = await startPlace(startHurriedServer);
  const { call, server } = place;
  const { told } = await withFunction(place);
  const later = { hookStatus: "IN_PROGRESS", callBackDelay: 600, hookDetails: { PRE_SCALE_UP: { hookStatus: "SUCCEEDED" }, checked: 1 } };
  const every = ["PRE_SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"].concat(
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
  );
  const configuration = {
    strategy: "CANARY" as const,
    canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 10 },
    bakeTimeInMinutes: 0,
  };
  const own = await shifting(place, configuration, { withTest: true });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  const { service } = await call("ecs", "UpdateService", {
    cluster: "test",
    service: "web",
    taskDefinition: await own.version("two"),
    deploymentConfiguration: { ...configuration, lifecycleHooks: [hook(every, { PRE_SCALE_UP: later, mine: "x" })] },
  });
  const [green, blue] = service!.deployments!.map(
    ({ id }) => `arn:aws:ecs:eu-central-1:123456789012:service-revision/test/web/${id!.slice(8)}`,
  );
  // It asked for ten minutes, and its first answer is on disk.
  const first = async () => (await own.newest()).lifecycleHookDetails?.[0];
  await expect.poll(async () => (await told()).length).toBe(1);
  await own.reaches({ status: "IN_PROGRESS", lifecycleStage: "PRE_SCALE_UP" });
  expect(await first()).toMatchObject({
    targetType: "AWS_LAMBDA",
    targetArn: functionArn,
    status: "IN_PROGRESS",
    timeoutAction: "ROLLBACK",
  });
  expect((await first())!.hookId).toMatch(/^ecs-lambda-[\w-]{43}$/);
  await expect
    .poll(async () => {
      server.clock.skip(minuteMs);
      return (await told()).length;
    })
    .toBeGreaterThan(1);
  await own.reaches({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" }, 10);
  await expect.poll(async () => (await told()).at(-1)!.lifecycleStage).toBe("PRODUCTION_TRAFFIC_SHIFT");
  await expect.poll(async () => (await own.newest()).lifecycleHookDetails!.at(-1)!.status).toBe("SUCCEEDED");
  server.clock.skip(10 * minuteMs);
  await own.reaches({ status: "SUCCESSFUL" });
  const seen = await told();
  const brief = ({ lifecycleStage, executionDetails: { testTrafficWeights, productionTrafficWeights } }: Told) => [
    lifecycleStage,
    testTrafficWeights[green!],
    testTrafficWeights[blue!],
    productionTrafficWeights[green!],
    productionTrafficWeights[blue!],
  ];
  const none = [undefined, undefined];
  expect(seen.map(brief)).toEqual([
    ["PRE_SCALE_UP", ...none, ...none],
    ["PRE_SCALE_UP", ...none, ...none],
    ["POST_SCALE_UP", ...none, ...none],
    ["TEST_TRAFFIC_SHIFT", 100, 0, ...none],
    ["POST_TEST_TRAFFIC_SHIFT", ...none, ...none],
    ["PRE_PRODUCTION_TRAFFIC_SHIFT", ...none, 0, 100],
    ["PRODUCTION_TRAFFIC_SHIFT", ...none, 10, 90],
    ["PRE_PRODUCTION_TRAFFIC_SHIFT", ...none, 10, 90],
    ["PRODUCTION_TRAFFIC_SHIFT", ...none, 100, 0],
    ["POST_PRODUCTION_TRAFFIC_SHIFT", ...none, ...none],
  ]);
  const { serviceDeploymentArn } = await own.newest();
  for (const { resourceArn, executionDetails } of seen) {
    expect([resourceArn, executionDetails.targetServiceRevisionArn]).toEqual([serviceDeploymentArn, green]);
    expect(executionDetails.serviceArn).toBe("arn:aws:ecs:eu-central-1:123456789012:service/test/web");
  }
  // What it handed on came back, beside the hook's own details; another stage does not see it.
  expect(seen.slice(0, 3).map(({ hookDetails }) => [hookDetails!["mine"], hookDetails!["checked"]])).toEqual([
    ["x", undefined],
    ["x", 1],
    ["x", undefined],
  ]);
  expect(seen[0]!.executionId).toBe(seen[1]!.executionId);

  // One that says no when a tenth of the requests has moved: they go back, and the hooks of both shifts are told.
  const refused = { PRODUCTION_TRAFFIC_SHIFT: { hookStatus: "FAILED" } };
  await call("ecs", "UpdateService", {
    cluster: "test",
    service: "web",
    taskDefinition: await own.version("three"),
    deploymentConfiguration: { ...configuration, lifecycleHooks: [hook(["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"], refused)] },
  });
  await own.reaches({ status: "ROLLBACK_SUCCESSFUL" }, 0);
  const { statusReason, targetServiceRevision } = await own.newest();
  expect(statusReason).toBe(
    `Service deployment rolled back because PRODUCTION_TRAFFIC_SHIFT lifecycle hook(s) failed. Lifecycle hook target ${functionArn} returned FAILED status.`,
  );
  expect([await own.weights(), await text(own.url)]).toEqual([[0, 100], "two"]);
  const after = (await told()).slice(seen.length);
  const target = targetServiceRevision!.arn!;
  const shares = after.map(({ executionDetails: { testTrafficWeights: tests, productionTrafficWeights: production, ...rest } }) => [
    rest.targetServiceRevisionArn === target,
    tests[target] ?? production[target],
  ]);
  expect(after.map(({ lifecycleStage }, i) => [lifecycleStage, ...shares[i]!])).toEqual([
    ["TEST_TRAFFIC_SHIFT", true, 100],
    ["PRODUCTION_TRAFFIC_SHIFT", true, 10],
    ["TEST_TRAFFIC_SHIFT", true, 0],
    ["PRODUCTION_TRAFFIC_SHIFT", true, 0],
  ]);
});

test("what takes a deployment back is said in ECS's words, and a hook's time may let it go on", async () => {
  await using place = await startPlace(startHurriedServer);
  const { call, server } = place;
  const { mayCall, told } = await withFunction(place);
  const own = await shifting(place, { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  const two = await own.version("two");
  const roll = (lifecycleHooks: Hook[]) =>
    call("ecs", "UpdateService", {
      cluster: "test",
      service: "web",
      taskDefinition: two,
      forceNewDeployment: true,
      deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0, lifecycleHooks },
    });
  const at = (answer: object, more: Partial<Hook> = {}) => hook(["PRE_SCALE_UP"], { PRE_SCALE_UP: answer }, more);
  const reason = async (of: Hook) => {
    await roll([of]);
    await own.reaches({ status: "ROLLBACK_SUCCESSFUL" });
    const { statusReason } = await own.newest();
    const { events } = await own.service();
    expect(events!.map(({ message }) => message).join("\n")).toContain(`deployment failed: ${statusReason}`);
    return statusReason!.replace("Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed. ", "");
  };
  const unparsed = `ECS was unable to parse the response from ${functionArn} due to: HookStatus must not be null.`;
  expect(await reason(at({ error: "broken" }))).toBe(unparsed);
  expect(await reason(at({ status: "SUCCEEDED" }))).toBe(unparsed);
  const stranger = "arn:aws:iam::123456789012:role/task";
  expect(await reason(at({}, { roleArn: stranger }))).toBe(`ECS was unable to assume role ${stranger}`);
  await mayCall("other");
  const caller = "arn:aws:sts::123456789012:assumed-role/calls/ECS-Lambda-Execution";
  expect(await reason(at({}))).toBe(
    `ECS was unable to invoke hook target ${functionArn} due to User: ${caller} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn} because no identity-based policy allows the lambda:InvokeFunction action`,
  );
  await mayCall("*");
  const missing = functionArn.replace("looks", "nothing");
  expect(await reason(at({}, { hookTargetArn: missing }))).toContain(`unable to invoke hook target ${missing} due to Function not found`);

  // It never comes to an end: its time does.
  const count = (await told()).length;
  const timeoutConfiguration = { timeoutInMinutes: 20, action: "CONTINUE" as const };
  await roll([at({ hookStatus: "IN_PROGRESS", callBackDelay: 3600 }, { timeoutConfiguration })]);
  await expect.poll(async () => (await told()).length).toBe(count + 1);
  await expect
    .poll(async () => {
      server.clock.skip(10 * minuteMs);
      return (await own.newest()).lifecycleHookDetails?.[0]?.status;
    })
    .toBe("TIMED_OUT");
  await own.reaches({ status: "SUCCESSFUL" });
  expect(await text(own.url)).toBe("two");
});

test.each([
  [{ ...hook(["PRE_SCALE_UP"]), hookTargetArn: undefined }, /hookTargetArn must be the ARN of a Lambda function/],
  [{ ...hook(["PRE_SCALE_UP"]), roleArn: undefined }, /roleArn cannot be empty/],
  [hook(["PRE_SCALE_UP"], [] as never), /hookDetails must be a JSON object/],
  [hook(["PRE_SCALE_UP"], {}, { timeoutConfiguration: { timeoutInMinutes: 1441 } }), /must be between 1 and 1440/],
  [hook(["PRE_SCALE_UP"], {}, { targetType: "SMOKE" as never }), /Invalid targetType\. Valid values are: AWS_LAMBDA, PAUSE/],
  [hook(["TEST_TRAFFIC_SHIFT"], {}, { targetType: "PAUSE" }), /Invalid lifecycle stage provided for Pause Hook/],
])("refuses %j", async (lifecycleHook, message) => {
  const { readDeploymentConfiguration } = await import("../../../src/services/ecs/deployment-configuration.ts");
  expect(() => readDeploymentConfiguration({ strategy: "BLUE_GREEN", lifecycleHooks: [lifecycleHook as Hook] })).toThrow(message);
});
