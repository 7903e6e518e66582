/** Services behind load balancers: tasks registered, waited for, replaced when their targets fail, drained before they stop. */
import { expect, onTestFinished, test } from "vitest";
import { createBalancer, createGroup, forwardTo, listen } from "../elbv2/front.ts";
import { type Place, startPlace } from "./place.ts";

const web = (text: string, healthy = true) => `
  import { createServer } from "node:http";
  createServer((request, response) => {
    if (request.url === "/slow") return setTimeout(() => response.end("slow ${text}"), 700);
    response.statusCode = request.url === "/health" && !${healthy} ? 500 : 200;
    response.end("${text}");
  }).listen(3000);
  process.on("SIGTERM", () => process.exit(0));
`;

async function behind(place: Place) {
  const front = await createBalancer(place.call);
  const group = await createGroup(place.call, "web", {
    HealthCheckPath: "/health",
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 2,
    UnhealthyThresholdCount: 2,
  });
  const listener = await listen(place.call, front, forwardTo(group));
  return { group, ...listener };
}

const service = (place: Place) => async () =>
  (await place.call("ecs", "DescribeServices", { cluster: "test", services: ["web"] })).services![0]!;

const texts = (events: { message?: string }[]) =>
  events
    .map(({ message }) => message!.replace(/\(task [0-9a-f]+\)/g, "(task)").replace(/\(deployment [^)]+\)/g, "(deployment)"))
    .toReversed();

test("a service is steady when its targets are healthy, rolls without a failed request, and drains what it stops", async () => {
  await using place = await startPlace();
  const { group, url } = await behind(place);
  const definition = await place.define({ image: await place.image("web1", web("one")), portMappings: [{ containerPort: 3000 }] });
  const look = service(place);
  const loadBalancers = [{ targetGroupArn: group, containerName: "app", containerPort: 3000 }];
  const { service: created } = await place.call("ecs", "CreateService", {
    cluster: "test",
    serviceName: "web",
    taskDefinition: definition,
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: place.network,
    loadBalancers,
    healthCheckGracePeriodSeconds: 30,
  });
  expect(created).toMatchObject({ loadBalancers, healthCheckGracePeriodSeconds: 30 });
  await expect.poll(async () => (await look()).deployments![0]!.rolloutState, { interval: 20 }).toBe("COMPLETED");
  expect(await (await fetch(url)).text()).toBe("one");
  const { TargetHealthDescriptions: health } = await place.call("elbv2", "DescribeTargetHealth", { TargetGroupArn: group });
  expect(health!.map(({ Target, TargetHealth }) => [Target!.Port, TargetHealth!.State])).toEqual([[3000, "healthy"]]);
  // The target is the task's private address, as on AWS.
  expect(health![0]!.Target!.Id).toMatch(/^172\.31\./);

  let failed = 0;
  const running = new AbortController();
  // Also when the test fails; else this would go on for ever.
  onTestFinished(() => running.abort());
  const seen = new Set<string>();
  const load = (async () => {
    while (!running.signal.aborted) {
      try {
        const answer = await fetch(url);
        seen.add(await answer.text());
        if (answer.status !== 200) failed++;
      } catch {
        failed++;
      }
    }
  })();
  const slow = fetch(`${url}/slow`).then((answer) => answer.text());
  const next = await place.define({ image: await place.image("web2", web("two")), portMappings: [{ containerPort: 3000 }] });
  await place.call("ecs", "UpdateService", { cluster: "test", service: "web", taskDefinition: next });
  await expect
    .poll(async () => (await look()).deployments!.map(({ rolloutState }) => rolloutState), { interval: 20 })
    .toEqual(["COMPLETED"]);
  expect(await (await fetch(url)).text()).toBe("two");
  running.abort();
  await load;
  expect([failed, seen.has("one"), await slow]).toEqual([0, true, "slow one"]);
  const inGroup = `in (target-group ${group})`;
  expect(texts((await look()).events!)).toEqual([
    "(service web) has started 1 tasks: (task).",
    `(service web) registered 1 targets ${inGroup}`,
    "(service web) (deployment) deployment completed.",
    "(service web) has reached a steady state.",
    "(service web) has started 1 tasks: (task).",
    `(service web) registered 1 targets ${inGroup}`,
    `(service web) deregistered 1 targets ${inGroup}`,
    "(service web) has begun draining connections on 1 tasks.",
    "(service web) has stopped 1 running tasks: (task).",
    "(service web) (deployment) deployment completed.",
    "(service web) has reached a steady state.",
  ]);
  await place.call("ecs", "DeleteService", { cluster: "test", service: "web", force: true });
  await expect.poll(async () => (await look()).status, { interval: 20 }).toBe("INACTIVE");
  const left = await place.call("elbv2", "DescribeTargetHealth", { TargetGroupArn: group });
  expect(left.TargetHealthDescriptions).toEqual([]);
});

test("a task whose target fails is replaced, and says why", async () => {
  await using place = await startPlace();
  const { group } = await behind(place);
  const definition = await place.define({ image: await place.image("sick", web("sick", false)), portMappings: [{ containerPort: 3000 }] });
  await place.call("ecs", "CreateService", {
    cluster: "test",
    serviceName: "web",
    taskDefinition: definition,
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: place.network,
    loadBalancers: [{ targetGroupArn: group, containerName: "app", containerPort: 3000 }],
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
  const look = service(place);
  await expect.poll(async () => texts((await look()).events!).length, { interval: 50 }).toBeGreaterThan(5);
  const inGroup = `in (target-group ${group})`;
  expect(texts((await look()).events!).slice(0, 6)).toEqual([
    "(service web) has started 1 tasks: (task).",
    `(service web) registered 1 targets ${inGroup}`,
    `(service web) (port 3000) is unhealthy ${inGroup} due to (reason Health checks failed with these codes: [500]).`,
    `(service web) deregistered 1 targets ${inGroup}`,
    "(service web) has begun draining connections on 1 tasks.",
    "(service web) has stopped 1 running tasks: (task).",
  ]);
  expect((await look()).deployments![0]!.failedTasks).toBe(1);
  const { taskArns } = await place.call("ecs", "ListTasks", { cluster: "test", desiredStatus: "STOPPED" });
  const { tasks } = await place.call("ecs", "DescribeTasks", { cluster: "test", tasks: taskArns! });
  expect(tasks![0]!.stoppedReason).toBe(`Task failed ELB health checks ${inGroup}`);
});

test("what is wrong with a service's load balancers is said in AWS's words", async () => {
  await using place = await startPlace();
  const group = await createGroup(place.call, "web");
  const front = await createBalancer(place.call);
  const definition = await place.define({ image: await place.image("web", web("x")), portMappings: [{ containerPort: 3000 }] });
  const create = (
    loadBalancers: { targetGroupArn?: string; loadBalancerName?: string; containerName: string; containerPort: number }[],
    more = {},
  ) =>
    place.call("ecs", "CreateService", {
      cluster: "test",
      serviceName: "web",
      taskDefinition: definition,
      desiredCount: 0,
      launchType: "FARGATE",
      networkConfiguration: place.network,
      loadBalancers,
      ...more,
    });
  const at = (containerName: string, containerPort: number, targetGroupArn = group) => [{ targetGroupArn, containerName, containerPort }];
  const fails = (promise: Promise<unknown>, message: string) => expect(promise).rejects.toMatchObject({ message });
  await fails(create(at("app", 3000)), `The target group with targetGroupArn ${group} does not have an associated load balancer.`);
  await listen(place.call, front, forwardTo(group));
  await fails(create(at("other", 3000)), "The container other does not exist in the task definition.");
  await fails(create(at("app", 80)), "The container app did not have a container port 80 defined.");
  await fails(create(at("app", 3000, `${group}0`)), `The target group ${group}0 does not exist.`);
  await fails(
    create([], { healthCheckGracePeriodSeconds: 5 }),
    "Health check grace period is only valid for services configured to use load balancers",
  );
  await fails(
    create([{ loadBalancerName: "classic", containerName: "app", containerPort: 3000 }]),
    "The embedded cloud does not serve Classic Load Balancers.",
  );
  const instances = await createGroup(place.call, "instances", { TargetType: "instance" });
  await fails(
    create(at("app", 3000, instances)),
    `The provided target group ${instances} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.`,
  );
});
