import type { Status } from "@plinth/deployer";
import { expect, test } from "vitest";
import { statusText } from "../src/terminal/status-text.ts";
import { noColours } from "../src/terminal/terminal.ts";

const status: Status = {
  app: "shop",
  stage: "prod",
  region: "eu-central-1",
  target: "aws",
  deployed: true,
  stacks: [{ name: "shop-prod-compute", status: "UPDATE_ROLLBACK_COMPLETE", reason: "a service did not come up" }],
  services: [
    {
      name: "api",
      desired: 2,
      running: 2,
      pending: 0,
      steady: true,
      rollout: "COMPLETED",
      deployedAt: "2026-01-01T11:00:00.000Z",
      health: ["HEALTHY", "HEALTHY"],
      url: "https://shop.example.com",
    },
    {
      name: "worker",
      desired: 1,
      running: 0,
      pending: 1,
      steady: false,
      rollout: "FAILED",
      reason: "ECS deployment circuit breaker: tasks failed to start.",
      deployedAt: "2026-01-01T11:59:30.000Z",
      health: [],
    },
    { name: "mail", desired: 0, running: 0, pending: 0, steady: true, rollout: "COMPLETED", health: [] },
  ],
  tasks: [
    {
      name: "migrate",
      run: "before-services",
      last: { at: "2026-01-01T11:58:00.000Z", running: false, exitCode: 0, reason: "Essential container in task exited" },
    },
    {
      name: "report",
      run: "scheduled",
      schedule: { expression: "cron(0 3 * * ? *)", timeZone: "UTC", enabled: true, next: "2026-01-02T03:00:00.000Z" },
      last: { at: "2026-01-01T11:30:00.000Z", running: false, exitCode: 3, reason: "Essential container in task exited" },
    },
    {
      name: "nightly",
      run: "scheduled",
      schedule: { expression: "rate(1 day)", timeZone: "UTC", enabled: false },
      last: { at: "2025-12-30T03:00:00.000Z", running: false },
    },
    { name: "broken", run: "by-hand", last: { at: "2026-01-01T11:59:00.000Z", running: false, reason: "CannotPullContainerError" } },
    { name: "long", run: "by-hand", last: { at: "2026-01-01T11:59:00.000Z", running: true } },
    { name: "once", run: "by-hand" },
  ],
  queues: [{ name: "runs", url: "u", waiting: 4, inFlight: 2, delayed: 0, dead: 3 }],
  databases: [{ name: "database", identifier: "d", status: "available", engine: "postgres 16.13" }],
  alarms: [
    { name: "api-errors", state: "ALARM", reason: "Threshold Crossed: 9 errors" },
    { name: "a", state: "OK" },
    { name: "b", state: "INSUFFICIENT_DATA" },
  ],
  missingSecrets: ["model.api_key"],
  outputs: { api: { url: "https://shop.example.com" }, site: { url: "https://www.example.com" } },
};

test("a page says what is well in a word, and of what is not, why and what to do", () => {
  expect(statusText(status, noColours, new Date("2026-01-01T12:00:00Z"), " --stage prod")).toEqual([
    "shop prod in AWS eu-central-1",
    "",
    "services",
    "  api     2 of 2 running             healthy  deployed 1 h ago  https://shop.example.com",
    "  worker  0 of 1 running, 1 pending           failed 30 s ago",
    "          ECS deployment circuit breaker: tasks failed to start.",
    "  mail    0 of 0 running",
    "",
    "tasks",
    "  migrate  exit code 0 2 min ago    before services",
    "  report   exit code 3 30 min ago   next in 15 h           cron(0 3 * * ? *)",
    "  nightly  ran 2 days ago           will not run any more  rate(1 day)",
    "  broken   did not start 1 min ago",
    "  long     runs since 1 min",
    "  once     has not run",
    "",
    "URLs",
    "  site  https://www.example.com",
    "",
    "queues",
    "  runs  4 waiting  2 in flight  3 dead",
    "",
    "databases",
    "  database  available  postgres 16.13",
    "",
    "alarms",
    "  api-errors          Threshold Crossed: 9 errors",
    "  1 quiet",
    "  1 without data yet",
    "",
    "stacks not in order",
    "  shop-prod-compute  UPDATE_ROLLBACK_COMPLETE  a service did not come up",
    "",
    "secrets without a value",
    "  model.api_key  plinth secrets set model.api_key --stage prod",
  ]);
});

test("a stage that is not deployed", () => {
  expect(statusText({ ...status, deployed: false }, noColours, new Date(0), " --stage prod").at(-1)).toBe(
    "Not deployed. plinth deploy --stage prod",
  );
});
