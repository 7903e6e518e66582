/** What the doctor makes of what it is told: each diagnosis by its own, and the page as a whole. */
import type { Assembly, Program, Run } from "@plinth/compiler";
import { describe, expect, it } from "vitest";
import type { Aws } from "../src/aws.ts";
import { diagnoses } from "../src/doctor/diagnoses.ts";
import type { ServiceFacts, Stage, TaskFacts } from "../src/doctor/diagnosis.ts";
import type { DeployedStack } from "../src/stacks/stack-state.ts";
import { fakeAws } from "./fake-aws.ts";

const assembly = { app: "hana", stage: "dev", stacks: [] as Assembly["stacks"] } as Assembly;
const at = new Date("2026-01-01T00:00:00Z");

const service = (change: Partial<ServiceFacts> & { running?: number } = {}): ServiceFacts => ({
  name: "api",
  state: {
    desired: 1,
    running: change.running ?? 0,
    rollout: "IN_PROGRESS",
  },
  events: [],
  stopped: [],
  health: [],
  targetGroups: [],
  lastLines: [],
  ...change,
});

const stage = (change: Partial<Stage> = {}): Stage => ({
  aws: {} as Aws,
  assembly,
  now: at,
  options: " --stage dev",
  stacks: new Map([["hana-dev-network", { name: "hana-dev-network", status: "CREATE_COMPLETE" } as DeployedStack]]),
  services: [],
  tasks: [],
  rotations: [],
  scheduled: [],
  scalers: new Map(),
  secrets: [],
  resources: [],
  ...change,
});

const stopped = (reason: string, exitCode?: number) => ({
  stopped: [{ id: "1", at, reason, ...(exitCode !== undefined && { exitCode }) }],
});
const said = (line: string) => ({ lastLines: [line] });

it("a rotation that has not ended is named, with the command that goes on", async () => {
  const failing = { name: "database", expression: "rate(30 days)", pending: true, failure: "no task could be started", next: new Date(0) };
  expect(
    await diagnoses["rotation-unfinished"]!.look(
      stage({ scheduled: [failing, { ...failing, name: "cache", pending: false, failure: undefined as never }] }),
    ),
  ).toMatchObject([
    { severity: "error", subject: "database", symptom: "could not be rotated by its schedule", evidence: ["no task could be started"] },
    { severity: "error", subject: "cache", symptom: "was not rotated when its time had come" },
  ]);
  expect(await diagnoses["rotation-unfinished"]!.look(stage({ rotations: ["database --master"] }))).toMatchObject([
    { severity: "warning", subject: "database --master", remedy: "plinth secrets rotate database --master --stage dev goes on with it" },
  ]);
  expect(await diagnoses["rotation-unfinished"]!.look(stage())).toEqual([]);
});

describe("tasks that run by the clock", () => {
  const task = (change: Partial<TaskFacts>): Stage =>
    stage({
      tasks: [
        {
          program: { name: "nightly" } as Program,
          run: { purpose: "scheduled" } as Run,
          schedule: { expression: "cron(0 3 * * ? *)", timeZone: "UTC", enabled: true, next: at },
          lastLines: [],
          ...change,
        },
      ],
    });
  const look = async (facts: Stage) =>
    (await diagnoses["scheduled-task-failed"]!.look(facts)).map(({ severity, symptom, cause }) => [severity, symptom, cause]);

  it("are well when they ended with 0, run now, or ECS has forgotten how they ended", async () => {
    expect(await look(task({}))).toEqual([]);
    expect(await look(task({ last: { at, running: false, exitCode: 0, reason: "Essential container in task exited" } }))).toEqual([]);
    expect(await look(task({ last: { at, running: true } }))).toEqual([]);
    expect(await look(task({ last: { at, running: false } }))).toEqual([]);
  });

  it.each([
    [
      { last: { at, running: false, exitCode: 3, reason: "Essential container in task exited" } },
      ["error", "ended with exit code 3 the last time", "Its program ended by itself; its last lines say why."],
    ],
    [
      { last: { at, running: false, reason: "CannotPullContainerError: not found" } },
      ["error", "did not start the last time", "ECS says: CannotPullContainerError: not found"],
    ],
    [
      { schedule: { expression: "cron(0 3 * * ? 2025)", timeZone: "UTC", enabled: true } },
      ["warning", "will not run any more", "Its times, cron(0 3 * * ? 2025), are over."],
    ],
    [
      { schedule: { expression: "rate(1 day)", timeZone: "UTC", enabled: false } },
      ["warning", "will not run any more", "Somebody disabled its schedule."],
    ],
  ])("%j", async (change, found) => {
    expect(await look(task(change))).toEqual([found]);
  });

  it("and one whose schedule is gone is named", async () => {
    const { schedule: _, ...facts } = task({}).tasks[0]!;
    expect(await look(stage({ tasks: [facts] }))).toEqual([
      ["error", "will not run any more", "Somebody took its schedule away from EventBridge Scheduler."],
    ]);
  });
});

describe.each([
  // what was seen | diagnosis | cause
  [
    stopped(
      "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    ),
    "secret-not-injected",
    "A secret in its environment is empty, or gone.",
  ],
  [
    stopped(
      "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key api_key",
    ),
    "secret-not-injected",
    "A secret in its environment has no field api_key.",
  ],
  [
    stopped("CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref x/app:1: not found"),
    "image-not-pullable",
    "The image that it runs is not in the repository.",
  ],
  [
    stopped("CannotPullContainerError: dial tcp 3.5.1.1:443: i/o timeout"),
    "image-not-pullable",
    "The registry does not answer: without a NAT gateway or endpoints a private task does not reach it.",
  ],
  [
    stopped("Essential container in task exited: OutOfMemoryError: Container killed due to memory usage", 137),
    "out-of-memory",
    "A task used more memory than its size allows, and was killed.",
  ],
  [
    stopped("Essential container in task exited", 1),
    "tasks-keep-stopping",
    "Its program ended by itself with exit code 1; its last lines say why.",
  ],
  [
    stopped("Task failed container health checks"),
    "health-check-fails",
    "The program runs, but its health path does not answer as it should, or not in time.",
  ],
  [
    {
      events: [
        "(service api) was unable to place a task. Reason: You've reached the limit on the number of tasks you can run concurrently.",
      ],
    },
    "account-limit",
    "A limit of the account is reached.",
  ],
  [
    { events: ["(service api) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later."] },
    "account-limit",
    expect.stringMatching(/no capacity/u),
  ],
  [
    stopped(
      "ResourceInitializationError: ECS was unable to assume the role 'arn:aws:iam::123456789012:role/shop-web' that was provided for this task",
    ),
    "role-not-assumable",
    "shop-web is gone, or its trust policy lets ecs-tasks.amazonaws.com no longer have it.",
  ],
  [said("Error: connect ETIMEDOUT 10.0.4.7:5432"), "database-unreachable", expect.stringMatching(/security group/u)],
  [said('error: password authentication failed for user "app_a"'), "database-login", expect.stringMatching(/password/u)],
  [said("ReplyError: WRONGPASS invalid username-password pair or user is disabled."), "cache-login", expect.stringMatching(/AUTH token/u)],
  [
    said("AccessDenied: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: s3:PutObject"),
    "permission-denied",
    expect.stringMatching(/env and uses/u),
  ],
] as const)("%j", (seen, name, cause) => {
  it(`is ${name}`, async () => {
    const given = stage({ services: [service(seen as Partial<ServiceFacts>)] });
    const found = await Promise.all(
      Object.entries(diagnoses).map(async ([id, { look }]) => (await look(given)).map((finding) => ({ id, ...finding }))),
    );
    expect(found.flat()).toMatchObject([{ id: name, severity: "error", subject: "api", cause }]);
    expect(found.flat()[0]!.evidence.length).toBeGreaterThan(0);
    expect(found.flat()[0]!.remedy).toMatch(/plinth|deploy/u);
  });

  it("is in doubt only, where the service runs", async () => {
    const given = stage({ services: [service({ ...(seen as Partial<ServiceFacts>), running: 1 })] });
    const [finding] = await diagnoses[name]!.look(given);
    expect(finding!.severity).toBe(["secret-not-injected", "image-not-pullable"].includes(name) ? "error" : "warning");
  });
});

it("finds nothing wrong with what is well", async () => {
  const given = stage({ services: [service({ running: 1, health: ["HEALTHY"], lastLines: ["listening on 3000"] })] });
  for (const { look } of Object.values(diagnoses)) expect(await look(given)).toEqual([]);
});

it.each([
  [{ min: 1, max: 1 }, []],
  [{ min: 0, max: 1 }, ["runs 1 copies, as many as it may"]],
  [{ min: 0, max: 2 }, []],
])("scaling between %j", (bounds, symptoms) => {
  const suspended = { scaleIn: false, scaleOut: false, scheduled: false };
  const given = stage({ services: [service({ running: 1 })], scalers: new Map([["api", { ...bounds, suspended }]]) });
  const found = diagnoses["scaling-at-limit"]!.look(given) as { symptom: string }[];
  expect(found.map(({ symptom }) => symptom)).toEqual(symptoms);
});

describe("a cluster that may pause", () => {
  const cluster = {
    stack: "s",
    region: "us-east-1",
    layer: "database",
    logicalId: "Database",
    physicalId: "orders",
    type: "AWS::RDS::DBCluster",
  };
  const at = (capacity: number | undefined, min = 0) =>
    fakeAws({
      "rds.DescribeDBClusters": () => ({ DBClusters: [{ Status: "available", ServerlessV2ScalingConfiguration: { MinCapacity: min } }] }),
      "cloudwatch.GetMetricStatistics": () => ({
        Datapoints: capacity === undefined ? [] : [{ Timestamp: new Date("2026-01-01T00:00:00Z"), Maximum: capacity }],
      }),
    });
  const look = (aws: Aws, lastLines: string[] = []) =>
    diagnoses["database-paused"]!.look(stage({ aws, resources: [cluster], services: [service({ running: 1, lastLines })] }));

  it.each([
    [0, [], ["hint"]],
    [0, ["Error: Connection terminated due to connection timeout"], ["warning"]],
    [0.5, [], []],
    [undefined, [], []],
  ])("at %s units, with %j in the logs: %j", async (capacity, lines, severities) => {
    const found = await look(at(capacity), lines);
    expect(found.map(({ severity }) => severity)).toEqual(severities);
    for (const { subject, symptom, remedy } of found)
      expect([subject, symptom, remedy]).toEqual(["orders", "is paused", expect.any(String)]);
  });

  it("is not asked for its capacity when it never pauses", async () => {
    expect(await look(at(0, 0.5))).toEqual([]);
  });
});
