/** Services: kept at their count, rolled without a gap, given up when their tasks keep failing, drained at their end. */
import { get } from "node:http";
import type { Service } from "@aws-sdk/client-ecs";
import { expect, onTestFinished, test } from "vitest";
import { type Place, startPlace } from "./place.ts";

const port = 3917;
const server = (text: string) => `
  import { createServer } from "node:http";
  const server = createServer((request, response) => response.end(${JSON.stringify(text)})).listen(${port});
  process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;
const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };

async function describe({ call }: Place): Promise<Service> {
  const { services } = await call("ecs", "DescribeServices", { cluster: "test", services: ["web"] });
  return services![0]!;
}

async function steady(place: Place, taskDefinition: string): Promise<Service> {
  await expect
    .poll(
      async () => {
        const { deployments, events, runningCount, desiredCount } = await describe(place);
        const [primary] = deployments!;
        return [deployments!.length, primary?.rolloutState, primary?.taskDefinition, runningCount === desiredCount, events![0]?.message];
      },
      { interval: 20 },
    )
    .toEqual([1, "COMPLETED", taskDefinition, true, "(service web) has reached a steady state."]);
  return describe(place);
}

/** The loopback addresses of the service's running tasks. */
function addresses({ server: { cloud } }: Place): string[] {
  return cloud.store
    .collection<{ address: string }>("addresses")
    .entries("global", "ecs-task/")
    .map(({ value }) => value.address);
}

function fetchText(host: string): Promise<string> {
  return new Promise((done, fail) => {
    get({ host, port, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => done(text));
    }).on("error", fail);
  });
}

async function create(place: Place, taskDefinition: string, desiredCount = 2) {
  return place.call("ecs", "CreateService", {
    cluster: "test",
    serviceName: "web",
    taskDefinition,
    desiredCount,
    launchType: "FARGATE",
    networkConfiguration: place.network,
    deploymentConfiguration: breaker,
  });
}

test("two tasks listen on the same port, and a new revision takes over without a gap", async () => {
  await using place = await startPlace();
  const portMappings = [{ containerPort: port }];
  const first = await place.define({ image: await place.image("one", server("one")), portMappings });
  const created = await create(place, first);
  expect(created.service).toMatchObject({
    status: "ACTIVE",
    runningCount: 0,
    deployments: [{ status: "PRIMARY", rolloutState: "IN_PROGRESS" }],
  });
  await steady(place, first);
  const before = addresses(place);
  expect(before).toHaveLength(2);
  expect(await Promise.all(before.map(fetchText))).toEqual(["one", "one"]);

  const second = await place.define({ image: await place.image("two", server("two")), portMappings });
  await place.call("ecs", "UpdateService", { cluster: "test", service: "web", taskDefinition: second });
  let fewest = Number.POSITIVE_INFINITY;
  const rolling = new AbortController();
  // Also when the test fails; else this would go on for ever.
  onTestFinished(() => rolling.abort());
  const watching = (async () => {
    while (!rolling.signal.aborted) {
      await new Promise((done) => setImmediate(done));
      const answers = await Promise.allSettled(addresses(place).map(fetchText));
      fewest = Math.min(fewest, answers.filter(({ status }) => status === "fulfilled").length);
    }
  })();
  const { events } = await steady(place, second);
  rolling.abort();
  await watching;
  expect(fewest).toBeGreaterThanOrEqual(2);
  await expect.poll(async () => (await Promise.all(addresses(place).map(fetchText))).join()).toBe("two,two");
  const messages = events!.map(({ message }) => message!.replace(/\(task \w+\)/g, "(task)").replace(/ecs-svc\/\d+/g, "ecs-svc/N"));
  expect(messages).toContain("(service web) has started 2 tasks: (task) (task).");
  expect(messages).toContain("(service web) (deployment ecs-svc/N) deployment completed.");
  const { taskArns } = await place.call("ecs", "ListTasks", { cluster: "test", serviceName: "web", desiredStatus: "STOPPED" });
  const { tasks } = await place.call("ecs", "DescribeTasks", { cluster: "test", tasks: taskArns! });
  expect(tasks!.map(({ stopCode }) => stopCode)).toEqual(["ServiceSchedulerInitiated", "ServiceSchedulerInitiated"]);
  expect(tasks![0]!.stoppedReason).toMatch(/^Scaling activity initiated by \(deployment ecs-svc\/\d{19}\)$/);
});

test("a revision whose tasks keep ending is given up, and the one before serves on", async () => {
  await using place = await startPlace();
  const portMappings = [{ containerPort: port }];
  const good = await place.define({ image: await place.image("good", server("good")), portMappings });
  await create(place, good, 1);
  await steady(place, good);
  const bad = await place.define({ image: await place.image("bad", `process.exit(1)`), portMappings });
  const { service } = await place.call("ecs", "UpdateService", { cluster: "test", service: "web", taskDefinition: bad });
  const failed = service!.deployments![0]!.id!;
  const { events } = await steady(place, good);
  expect(await Promise.all(addresses(place).map(fetchText))).toEqual(["good"]);
  const messages = events!.map(({ message }) => message!);
  expect(messages).toContain(`(service web) (deployment ${failed}) deployment failed: tasks failed to start.`);
  expect(messages.some((message) => message.startsWith("(service web) rolling back to deployment ecs-svc/"))).toBe(true);
  const { serviceDeployments } = await place.call("ecs", "ListServiceDeployments", { cluster: "test", service: "web" });
  expect(serviceDeployments!.map(({ status }) => status)).toEqual(["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
});

test("a first deployment that fails stays failed and says why", async () => {
  await using place = await startPlace();
  const bad = await place.define({ image: await place.image("bad", `process.exit(1)`) });
  await create(place, bad, 1);
  await expect
    .poll(async () => (await describe(place)).deployments![0])
    .toMatchObject({
      rolloutState: "FAILED",
      rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
      failedTasks: 3,
    });
});

test("the count follows the desired one, a lost task is replaced, and deletion drains", async () => {
  await using place = await startPlace();
  const definition = await place.define({ image: await place.image("one", server("one")), portMappings: [{ containerPort: port }] });
  await create(place, definition, 1);
  await steady(place, definition);
  const update = (desiredCount: number) => place.call("ecs", "UpdateService", { cluster: "test", service: "web", desiredCount });
  await update(3);
  await steady(place, definition);
  const { taskArns } = await place.call("ecs", "ListTasks", { cluster: "test", serviceName: "web" });
  expect(taskArns).toHaveLength(3);
  await place.call("ecs", "StopTask", { cluster: "test", task: taskArns![0]! });
  expect(await place.reaches(taskArns![0]!, "STOPPED")).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "Task stopped by user" });
  await steady(place, definition);
  await expect(place.call("ecs", "DeleteService", { cluster: "test", service: "web" })).rejects.toThrow(
    "The service cannot be stopped while it is scaled above 0.",
  );
  // It drains as long as tasks run.
  const { service } = await place.call("ecs", "DeleteService", { cluster: "test", service: "web", force: true });
  expect(service!.status).toBe("DRAINING");
  await expect.poll(async () => (await describe(place)).status).toBe("INACTIVE");
  expect(addresses(place)).toEqual([]);
  await expect(place.call("ecs", "UpdateService", { cluster: "test", service: "web", desiredCount: 1 })).rejects.toMatchObject({
    code: "ServiceNotActiveException",
  });
});
