/** The look of a plan: pictures of text in golden/, at three widths, with and without everything. */
import type { Plan, PlannedChange } from "@plinth/deployer";
import { expect, test } from "vitest";
import { planText, summaryText } from "../src/terminal/plan-text.ts";
import { planMarkdown } from "../src/terminal/plan-markdown.ts";
import { noColours, type Colours } from "../src/terminal/terminal.ts";
import { shownWidth } from "../src/terminal/width.ts";

const change = (one: Partial<PlannedChange> & Pick<PlannedChange, "logicalId" | "type" | "action">): PlannedChange => ({
  properties: [],
  differences: [],
  ...one,
});
const at = { known: true, effect: "in place" } as const;
const database = { key: "database", source: "plinth.config.ts:7" };
const digest = (letter: string) => `1.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:${letter.repeat(64)}`;

const plan: Plan = {
  app: "shop",
  stage: "prod",
  region: "eu-central-1",
  target: "aws",
  production: true,
  first: false,
  layers: [
    {
      stack: "shop-prod-network",
      layer: "network",
      action: "update",
      changes: [
        change({ logicalId: "NatGateway2", type: "AWS::EC2::NatGateway", action: "create", key: "network" }),
        change({ logicalId: "NatAddress2", type: "AWS::EC2::EIP", action: "create", key: "network" }),
        change({
          logicalId: "ApiToMail",
          type: "AWS::EC2::SecurityGroupEgress",
          action: "create",
          key: "api",
          source: "plinth.config.ts:22",
        }),
      ],
    },
    {
      stack: "shop-prod-database",
      layer: "database",
      action: "update",
      changes: [
        change({
          logicalId: "Database2",
          type: "AWS::RDS::DBInstance",
          action: "replace",
          ...database,
          properties: ["StorageEncrypted"],
          replaces: "Database",
          differences: [
            { path: "StorageEncrypted", before: "false", after: "true", known: true, effect: "replaces" },
            { path: "Tags/team", after: "shop", ...at },
          ],
        }),
        change({
          logicalId: "Reports",
          type: "AWS::RDS::DBInstance",
          action: "interrupt",
          key: "reports",
          source: "plinth.config.ts:9",
          differences: [
            {
              path: "DBInstanceClass",
              before: "db.t4g.micro",
              after: "db.t4g.small",
              known: true,
              effect: "interrupts",
              interruption: "the database is away while its class changes; with Multi-AZ as long as a failover takes",
            },
          ],
        }),
        change({
          logicalId: "DatabaseConnection",
          type: "AWS::SecretsManager::Secret",
          action: "update",
          ...database,
          differences: [
            { path: "SecretString", before: "(hidden)", after: "(hidden)", known: false, effect: "in place", because: "the new Database2" },
          ],
        }),
        change({ logicalId: "Sessions", type: "AWS::ElastiCache::ReplicationGroup", action: "delete" }),
      ],
    },
    {
      stack: "shop-prod-compute",
      layer: "compute",
      action: "update",
      changes: [
        change({
          logicalId: "ApiTaskDefinition",
          type: "AWS::ECS::TaskDefinition",
          action: "revise",
          key: "api",
          source: "plinth.config.ts:22",
          differences: [
            { path: "ContainerDefinitions/api/Image", before: digest("a"), after: digest("b"), ...at, because: "the image app" },
            { path: "ContainerDefinitions/api/Environment/GREETING/Value", before: "hello", after: "good day | evening", ...at },
            { path: "ContainerDefinitions/api/Environment/OLD/Value", before: "1", ...at },
            {
              path: "ContainerDefinitions/api/DockerLabels/secrets",
              before: "1f0c",
              after: "99ab",
              ...at,
              because: "another version of a secret of api",
            },
            { path: "Cpu", before: "256", after: "512", ...at },
            { path: "Memory", before: "512", after: "1024", ...at },
          ],
        }),
      ],
    },
  ],
  images: [{ name: "app", action: "make" }],
  data: [
    {
      stack: "shop-prod-database",
      key: "database",
      logicalId: "Database2",
      type: "AWS::RDS::DBInstance",
      event: "replaced",
      fate: "snapshot",
      protection: ["deletion protection"],
      text: "the database database is replaced by an empty one: a final snapshot keeps its data",
    },
    {
      stack: "shop-prod-database",
      key: "reports",
      logicalId: "Reports",
      type: "AWS::RDS::DBInstance",
      event: "modified",
      fate: "modified",
      protection: ["deletion protection", "backups of 7 days"],
      text: "the database reports is modified in place, its data stays; the database is away while its class changes",
    },
    {
      stack: "shop-prod-database",
      logicalId: "Sessions",
      type: "AWS::ElastiCache::ReplicationGroup",
      event: "deleted",
      fate: "lost",
      protection: [],
      text: "the cache Sessions is deleted: its data is LOST",
    },
    {
      stack: "shop-prod-storage",
      key: "media",
      logicalId: "Media",
      type: "AWS::S3::Bucket",
      event: "none",
      fate: "kept",
      protection: ["stays when it is taken out"],
      text: "the bucket media is kept as it is",
    },
    ...["Api", "Worker"].map((name) => ({
      stack: "shop-prod-storage",
      logicalId: `${name}LogGroup`,
      type: "AWS::Logs::LogGroup",
      event: "none" as const,
      fate: "kept" as const,
      protection: [],
      text: `the log group ${name}LogGroup is kept as it is`,
    })),
  ],
  drift: [
    {
      stack: "shop-prod-database",
      key: "reports",
      logicalId: "Reports",
      type: "AWS::RDS::DBInstance",
      status: "modified",
      differences: [
        { path: "DBInstanceClass", expected: "db.t4g.micro", actual: "db.t4g.large" },
        { path: "AllocatedStorage", expected: "20", actual: "40" },
      ],
    },
  ],
  time: {
    seconds: 1095,
    criticalPath: [
      {
        step: "shop-prod-database",
        seconds: 560,
        resources: [{ logicalId: "Database2", type: "AWS::RDS::DBInstance", action: "create", seconds: 540, basis: "estimate" }],
      },
      { step: "database", seconds: 60, resources: [] },
      {
        step: "shop-prod-compute",
        seconds: 195,
        resources: [{ logicalId: "ApiService", type: "AWS::ECS::Service", action: "update", seconds: 175, basis: "past" }],
      },
      { step: "shop-prod-database (back)", seconds: 280, resources: [] },
    ],
    pastActs: 40,
    basis: { past: 2, estimate: 7 },
  },
  notes: [],
  missingSecrets: ["apiKey"],
  summary: { create: 3, update: 3, interrupt: 1, replace: 1, delete: 1 },
};

test.each([
  [60, false],
  [100, false],
  [100, true],
])("at %i columns, everything %s", async (columns, verbose) => {
  const lines = planText(plan, { colours: noColours, columns, verbose });
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`golden/plan-${columns}${verbose ? "-verbose" : ""}.txt`);
  if (!verbose) expect(lines.filter((line) => shownWidth(line) > columns)).toEqual([]);
});

test("as a comment on a pull request", async () => {
  await expect(`${planMarkdown(plan, [], "sha256:00ff").join("\n")}\n`).toMatchFileSnapshot("golden/plan.md");
});

test("only what is risky is red", () => {
  const tagged = new Proxy({} as Colours, {
    get: (_, name) => (text: string) => (name === "dim" || name === "bold" ? text : `<${String(name)}>${text}</>`),
  });
  const text = planText(plan, { colours: tagged, columns: 400, verbose: false }).join("\n");
  const red = [...text.matchAll(/<red>(.*?)<\/>/g)].map(([, one]) => one);
  expect(red).toEqual(["±", "-", "  ! the cache Sessions is deleted: its data is LOST"]);
});

test("a block that another part adds stands between drift and secrets, and in markdown", () => {
  const block = { name: "price", json: {}, lines: () => ["price", "  $ 12"], markdown: () => ["#### Price"] };
  const lines = planText(plan, { colours: noColours, columns: 100, verbose: false }, [block]);
  expect(lines.indexOf("price")).toBeGreaterThan(lines.findIndex((line) => line.startsWith("drift")));
  expect(lines.indexOf("price")).toBeLessThan(lines.findIndex((line) => line.startsWith("secrets")));
  expect(planMarkdown(plan, [block])).toContain("#### Price");
});

test("nothing to change is one sentence", () => {
  const summary = { create: 0, update: 0, interrupt: 0, replace: 0, delete: 0 };
  expect(summaryText({ summary, images: [] })).toBe("Nothing to change.");
});
