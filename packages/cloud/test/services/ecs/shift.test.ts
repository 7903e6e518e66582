/** Deployments that move requests: blue-green, linear and canary, their stages, what takes them back, and what they refuse. */
import { expect, test } from "vitest";
import type { Input } from "../../../src/aws.ts";
import { startHurriedServer } from "../../server.ts";
import { startPlace } from "./place.ts";
import { breaker, type Configuration, minuteMs, shifting, text } from "./shifting.ts";

test("blue-green: the new version comes up beside the old one, is tested by its own rule, gets all requests, bakes, and the old one goes", async () => {
  await using place = await startPlace(startHurriedServer);
  const { clock } = place.server;
  const own = await shifting(place, { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5, ...breaker }, { withTest: true });
  await own.create(await own.version("one"));
  // A first version has nobody to wait for.
  await own.reaches({ status: "SUCCESSFUL" });
  expect([await own.weights(), await text(own.url)]).toEqual([[100, 0], "one"]);

  await own.roll(await own.version("two"));
  await own.reaches({ status: "IN_PROGRESS", lifecycleStage: "BAKE_TIME" }, 100);
  expect([await own.weights(), await text(own.url), await text(`${own.url}/test`)]).toEqual([[0, 100], "two", "two"]);
  const baking = await own.service();
  expect(baking.deployments!.map(({ status, desiredCount, runningCount }) => [status, desiredCount, runningCount])).toEqual([
    ["PRIMARY", 1, 1],
    ["ACTIVE", 1, 1],
  ]);
  const { sourceServiceRevisions, targetServiceRevision, serviceDeploymentArn } = await own.newest();
  expect(baking.currentServiceDeployment).toBe(serviceDeploymentArn);
  expect([sourceServiceRevisions![0]!, targetServiceRevision!]).toMatchObject([
    { requestedTaskCount: 1, runningTaskCount: 1, requestedProductionTrafficWeight: 0, requestedTestTrafficWeight: 0 },
    { requestedTaskCount: 1, runningTaskCount: 1, requestedProductionTrafficWeight: 100, requestedTestTrafficWeight: 100 },
  ]);
  clock.skip(5 * minuteMs);
  await own.reaches({ status: "SUCCESSFUL", lifecycleStage: "CLEAN_UP" }, 100);
  const done = await own.service();
  expect([done.runningCount, done.deployments!.map(({ rolloutState }) => rolloutState), done.loadBalancers]).toEqual([
    1,
    ["COMPLETED"],
    own.loadBalancers,
  ]);

  // The third goes back into the first's groups.
  await own.roll(await own.version("three"));
  await own.reaches({ status: "IN_PROGRESS", lifecycleStage: "BAKE_TIME" });
  expect([await own.weights(), await text(own.url)]).toEqual([[100, 0], "three"]);
});

test("canary: a share of the requests, for as long as it is said, then all of them; no request fails", async () => {
  await using place = await startPlace(startHurriedServer);
  const { clock } = place.server;
  const canaryConfiguration = { canaryPercent: 12.5, canaryBakeTimeInMinutes: 10 };
  const own = await shifting(place, { strategy: "CANARY", canaryConfiguration, bakeTimeInMinutes: 0 });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  await own.roll(await own.version("two"));
  await own.reaches({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" }, 12.5);
  expect(await own.weights()).toEqual([875, 125]);
  const seen = { one: 0, two: 0 } as Record<string, number>;
  for (let i = 0; i < 200; i++) seen[await text(own.url)]!++;
  expect([Object.keys(seen), seen["two"]! > 5 && seen["two"]! < 60]).toEqual([["one", "two"], true]);
  clock.skip(9 * minuteMs);
  expect(await own.weights()).toEqual([875, 125]);
  clock.skip(minuteMs);
  await own.reaches({ status: "SUCCESSFUL" }, 100);
  expect([await own.weights(), await text(own.url)]).toEqual([[0, 100], "two"]);
});

test("linear: equal steps with their pauses, none after the last", async () => {
  await using place = await startPlace(startHurriedServer);
  const { clock } = place.server;
  const own = await shifting(place, { strategy: "LINEAR", linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 6 } });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  await own.roll(await own.version("two"));
  for (const [percent, weights] of [
    [40, [60, 40]],
    [80, [20, 80]],
  ] as const) {
    await own.reaches({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" }, percent);
    expect(await own.weights()).toEqual(weights);
    clock.skip(6 * minuteMs);
  }
  await own.reaches({ status: "SUCCESSFUL" }, 100);
});

test("an alarm that goes off in the bake time gives the old version all requests back, and one that was on before says nothing", async () => {
  await using place = await startPlace(startHurriedServer);
  const { call } = place;
  const { clock } = place.server;
  const alarm = (state: "OK" | "ALARM") =>
    call("cloudwatch", "SetAlarmState", { AlarmName: "errors", StateValue: state, StateReason: "test" });
  await call("cloudwatch", "PutMetricAlarm", {
    AlarmName: "errors",
    Namespace: "Test",
    MetricName: "Errors",
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "ignore",
  });
  await alarm("OK");
  const alarms = { alarmNames: ["errors"], enable: true, rollback: true };
  const own = await shifting(place, { strategy: "BLUE_GREEN", bakeTimeInMinutes: 10, alarms });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  const { service } = await own.roll(await own.version("two"));
  const failed = service!.deployments![0]!.id!;
  await own.reaches({ lifecycleStage: "BAKE_TIME" });
  await alarm("ALARM");
  clock.skip(5_000);
  await own.reaches({ status: "ROLLBACK_SUCCESSFUL" }, 0);
  expect([await own.weights(), await text(own.url)]).toEqual([[100, 0], "one"]);
  const { alarms: said, statusReason, rollback } = await own.newest();
  const why = "Service deployment rolled back because of CloudWatch alarms in ALARM state: errors.";
  expect([said, statusReason, rollback!.reason]).toEqual([
    { status: "TRIGGERED", alarmNames: ["errors"], triggeredAlarmNames: ["errors"] },
    why,
    why,
  ]);
  const { events, deployments } = await own.service();
  expect(deployments).toHaveLength(1);
  expect(events!.map(({ message }) => message)).toContain(`(service web) (deployment ${failed}) deployment failed: alarm detected.`);
  // Already in ALARM when the next one begins: it is not watched.
  await own.roll(await own.version("three"));
  await own.reaches({ lifecycleStage: "BAKE_TIME" });
  clock.skip(10 * minuteMs);
  await own.reaches({ status: "SUCCESSFUL" }, 100);
});

test("a deployment that is stopped, or whose tasks do not start, is taken back without a request for it", async () => {
  await using place = await startPlace(startHurriedServer);
  const own = await shifting(place, {
    strategy: "CANARY",
    canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 10 },
    ...breaker,
  });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  await own.roll(await own.version("two"));
  await own.reaches({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" }, 10);
  const { serviceDeploymentArn } = await own.newest();
  await place.call("ecs", "StopServiceDeployment", { serviceDeploymentArn: serviceDeploymentArn!, stopType: "ROLLBACK" });
  await own.reaches({ status: "ROLLBACK_SUCCESSFUL" }, 0);
  expect(await own.weights()).toEqual([100, 0]);
  await expect(place.call("ecs", "StopServiceDeployment", { serviceDeploymentArn: serviceDeploymentArn! })).rejects.toMatchObject({
    name: "ConflictException",
  });

  await own.roll(await own.version("bad", "process.exit(1)"));
  await own.reaches({ status: "ROLLBACK_SUCCESSFUL" }, 0);
  const { statusReason, deploymentCircuitBreaker } = await own.newest();
  expect(statusReason).toBe("Service deployment rolled back because the circuit breaker threshold was exceeded.");
  expect(deploymentCircuitBreaker).toEqual({ status: "TRIGGERED", failureCount: 3, threshold: 3 });
  expect([await own.weights(), await text(own.url)]).toEqual([[100, 0], "one"]);
});

test("a newer deployment in the middle of one: the requests go back to the version that was whole, then over to the newest", async () => {
  await using place = await startPlace(startHurriedServer);
  const own = await shifting(place, { strategy: "CANARY", canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 60 } });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  await own.roll(await own.version("two"));
  await own.reaches({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" }, 10);
  await own.roll(await own.version("three"));
  expect((await own.newest()).lifecycleStage).toBe("RECONCILE_SERVICE");
  await own.reaches({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" }, 10);
  const { serviceDeployments } = await place.call("ecs", "ListServiceDeployments", { cluster: "test", service: "web" });
  expect(serviceDeployments!.map(({ status }) => status)).toEqual(["IN_PROGRESS", "STOPPED", "SUCCESSFUL"]);
  expect(await own.weights()).toEqual([90, 10]);
  place.server.clock.skip(60 * minuteMs);
  await own.reaches({ status: "SUCCESSFUL" });
  expect(await text(own.url)).toBe("three");
});

test("ECS changes rules with the rights of the role it was given: without them the deployment is taken back", async () => {
  await using place = await startPlace(startHurriedServer);
  const reads = ["elasticloadbalancing:Describe*", "elasticloadbalancing:*Targets"];
  const own = await shifting(place, { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  await own.allow(reads);
  await own.roll(await own.version("two"));
  await own.reaches({ status: "ROLLBACK_SUCCESSFUL" });
  const { statusReason } = await own.newest();
  expect(statusReason).toBe(
    `Service deployment rolled back because of invalid networking configuration. ECS was unable to manage the ELB resources due to missing permissions on ECS Infrastructure Role '${own.loadBalancers[0]!.advancedConfiguration.roleArn}'.`,
  );
  expect([await own.weights(), await text(own.url)]).toEqual([[100, 0], "one"]);
});

test("what is wrong with such a deployment is said at once, in AWS's words", async () => {
  await using place = await startPlace();
  const own = await shifting(place, {});
  const definition = await own.version("one");
  const create = (
    deploymentConfiguration: Configuration,
    loadBalancers: Input<"ecs", "CreateService">["loadBalancers"] = own.loadBalancers,
  ) => own.create(definition, { deploymentConfiguration, loadBalancers, desiredCount: 0 });
  const [balancer] = own.loadBalancers;
  const { advancedConfiguration, ...plain } = balancer!;
  const withRule = (rules: object) => [{ ...plain, advancedConfiguration: { ...advancedConfiguration, ...rules } }];
  const fails = (promise: Promise<unknown>, message: string) => expect(promise).rejects.toMatchObject({ message });
  await fails(
    create({ strategy: "CANARY", canaryConfiguration: { canaryPercent: 0 } }),
    "canaryPercent must be a multiple of 0.1 between 0.1 and 100.0.",
  );
  await fails(
    create({ strategy: "LINEAR", linearConfiguration: { stepPercent: 2 } }),
    "stepPercent must be a multiple of 0.1 between 3.0 and 100.0.",
  );
  await fails(create({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 1441 }), "bakeTimeInMinutes must be between 0 and 1440.");
  await fails(
    create({ strategy: "BLUE_GREEN" }, [plain]),
    "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy",
  );
  await fails(create({ strategy: "LINEAR" }, []), "The deployment strategy LINEAR requires a load balancer or Service Connect.");
  await fails(
    create({ strategy: "BLUE_GREEN" }, withRule({ productionListenerRule: own.arn })),
    `productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: ${own.arn}`,
  );
  await fails(
    create({ strategy: "BLUE_GREEN" }, withRule({ testListenerRule: own.rule })),
    `The following rules cannot be used as both production and test listener rules: ${own.rule}`,
  );
  await fails(
    create({ alarms: { alarmNames: ["none"], enable: true, rollback: true } }),
    "The following alarms do not exist: none. Make them first, or leave them out.",
  );
  await fails(
    create({ strategy: "ROLLING", lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: ["PRE_SCALE_UP"] }] }),
    "The embedded cloud does not serve lifecycle hooks of rolling deployments.",
  );
  await fails(
    create({ strategy: "BLUE_GREEN", lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: ["PRODUCTION_TRAFFIC_SHIFT"] }] }),
    "Invalid lifecycle stage provided for Pause Hook",
  );
});

test("a rolling deployment is complete after its alarms kept quiet, and goes back when one of them goes off", async () => {
  await using place = await startPlace(startHurriedServer);
  const { call } = place;
  const { clock } = place.server;
  await call("cloudwatch", "PutMetricAlarm", {
    AlarmName: "errors",
    Namespace: "Test",
    MetricName: "Errors",
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 3,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "ignore",
  });
  const own = await shifting(place, { alarms: { alarmNames: ["errors"], enable: true, rollback: true } });
  await own.create(await own.version("one"), { loadBalancers: [] });
  await expect.poll(async () => (await own.service()).runningCount).toBe(1);
  await own.reaches({ status: "IN_PROGRESS" });
  // It is steady by now: what is left is the time that its alarm looks back.
  await expect.poll(() => (clock.skip(60_000), own.newest().then(({ status }) => status))).toBe("SUCCESSFUL");
  const { service } = await own.roll(await own.version("two"));
  const failed = service!.deployments![0]!.id!;
  await call("cloudwatch", "SetAlarmState", { AlarmName: "errors", StateValue: "ALARM", StateReason: "test" });
  clock.skip(5_000);
  await own.reaches({ status: "ROLLBACK_SUCCESSFUL" });
  const { events } = await own.service();
  expect(events!.map(({ message }) => message)).toContain(`(service web) (deployment ${failed}) deployment failed: alarm detected.`);
});

test("PAUSE hooks hold a deployment up until somebody continues it, takes it back, or their time is over", async () => {
  await using place = await startPlace(startHurriedServer);
  const { clock } = place.server;
  const { call } = place;
  const hook = (stage: "POST_SCALE_UP" | "PRE_PRODUCTION_TRAFFIC_SHIFT", timeoutInMinutes: number) => ({
    targetType: "PAUSE" as const,
    lifecycleStages: [stage],
    timeoutConfiguration: { timeoutInMinutes, action: "ROLLBACK" as const },
  });
  const own = await shifting(place, {
    strategy: "BLUE_GREEN",
    bakeTimeInMinutes: 0,
    lifecycleHooks: [hook("POST_SCALE_UP", 30), hook("PRE_PRODUCTION_TRAFFIC_SHIFT", 10)],
  });
  const waiting = async (stage: "POST_SCALE_UP" | "PRODUCTION_TRAFFIC_SHIFT") => {
    await own.reaches({ status: "IN_PROGRESS", lifecycleStage: stage });
    await expect.poll(async () => (await own.newest()).lifecycleHookDetails?.at(-1)?.status).toBe("AWAITING_ACTION");
    const { serviceDeploymentArn, lifecycleHookDetails } = await own.newest();
    return { serviceDeploymentArn: serviceDeploymentArn!, hookId: lifecycleHookDetails!.at(-1)!.hookId! };
  };
  await own.create(await own.version("one"));
  const first = await waiting("POST_SCALE_UP");
  expect(first.hookId).toMatch(/^ecs-pause-[\w-]{43}$/);
  await call("ecs", "ContinueServiceDeployment", first);
  await call("ecs", "ContinueServiceDeployment", await waiting("PRODUCTION_TRAFFIC_SHIFT"));
  await own.reaches({ status: "SUCCESSFUL" });

  // Taken back by whoever looks at it.
  await own.roll(await own.version("two"));
  const second = await waiting("POST_SCALE_UP");
  expect((await own.newest()).lifecycleHookDetails).toMatchObject([{ targetType: "PAUSE", timeoutAction: "ROLLBACK" }]);
  await call("ecs", "ContinueServiceDeployment", { ...second, action: "ROLLBACK" });
  await own.reaches({ status: "ROLLBACK_SUCCESSFUL" });
  await expect(call("ecs", "ContinueServiceDeployment", second)).rejects.toMatchObject({ name: "InvalidParameterException" });

  // Nobody comes in time.
  await own.roll(await own.version("three"));
  await call("ecs", "ContinueServiceDeployment", await waiting("POST_SCALE_UP"));
  await waiting("PRODUCTION_TRAFFIC_SHIFT");
  expect(await own.weights()).toEqual([100, 0]);
  clock.skip(10 * minuteMs);
  await own.reaches({ status: "ROLLBACK_SUCCESSFUL" });
  const { statusReason } = await own.newest();
  expect([statusReason, await text(own.url)]).toEqual([
    "Service deployment rolled back because PRE_PRODUCTION_TRAFFIC_SHIFT pause hook timed out.",
    "one",
  ]);
});

test("a strategy is given up only between deployments, and the groups that serve then go on to; a revision says which they are", async () => {
  await using place = await startPlace(startHurriedServer);
  const { call } = place;
  const own = await shifting(place, { strategy: "CANARY", canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 60 } });
  await own.create(await own.version("one"));
  await own.reaches({ status: "SUCCESSFUL" });
  await own.roll(await own.version("two"));
  await own.reaches({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" }, 10);
  const three = await own.version("three");
  const change = () =>
    call("ecs", "UpdateService", {
      cluster: "test",
      service: "web",
      taskDefinition: three,
      deploymentConfiguration: { strategy: "ROLLING" },
    });
  await expect(change()).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: /while a service deployment is in progress/,
  });
  place.server.clock.skip(60 * minuteMs);
  await own.reaches({ status: "SUCCESSFUL" });
  const { targetServiceRevision } = await own.newest();
  const { serviceRevisions } = await call("ecs", "DescribeServiceRevisions", { serviceRevisionArns: [targetServiceRevision!.arn!] });
  expect(serviceRevisions).toMatchObject([
    {
      resolvedConfiguration: { loadBalancers: [{ targetGroupArn: own.groups[1], productionListenerRule: own.rule }] },
      containerImages: [{ containerName: "app", imageDigest: expect.stringMatching(/^sha256:/) }],
    },
  ]);
  // The second group serves, and goes on to: nobody has moved the rule.
  await change();
  await own.reaches({ status: "SUCCESSFUL" });
  expect([await own.weights(), await text(own.url)]).toEqual([[0, 100], "three"]);
});
