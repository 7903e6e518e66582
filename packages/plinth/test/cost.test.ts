/** What a stage costs, as users ask for it: apps, templates of other tools, wrong input, and a price list that answers. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { costText } from "../src/terminal/cost-text.ts";
import { noColours } from "../src/terminal/terminal.ts";
import { priceTemplates } from "../src/app/price-app.ts";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = `import { app, image, postgres, service } from "plinth";
export default app(
  "shop",
  {
    region: "eu-central-1",
    stages: ["dev", "prod"],
    production: ["prod"],
    expect: { dataOutGB: 0, of: { web: { logGB: 10 } }, stages: { prod: { dataOutGB: 1000 } } },
    budget: { dev: 60, prod: 90 },
  },
  ({ pick }) => {
    const source = image();
    const database = postgres({ version: "16", instance: pick({ prod: "db.t4g.medium", else: "db.t4g.micro" }) });
    const web = service({ image: source, port: 3000, public: true, env: { DATABASE_URL: database } });
    return { source, database, web };
  },
);
`;

const template = {
  Resources: { Board: { Type: "AWS::CloudWatch::Dashboard", Properties: { DashboardBody: "{}" } }, Odd: { Type: "Foo::Bar" } },
};

let app: AppFolder;
beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": config,
    Dockerfile: "FROM scratch\n",
    "board.json": JSON.stringify(template),
    "odd.yaml": "Resources:\n  Odd:\n    Type: Foo::Bar\n",
    "list.json": "[]",
    "words.yaml": "hello\n",
    "empty.json": '{ "Outputs": {} }',
  });
});
afterAll(() => app[Symbol.asyncDispose]());
const run = (...words: string[]) => plinth(app.folder, words);
const data = async (...words: string[]) => {
  const { exit, out, failure } = await run(...words, "--json");
  expect(failure).toBeUndefined();
  return { exit, cost: JSON.parse(out.join("\n")) as Cost };
};

interface Cost {
  total: Record<"idle" | "expected" | "busy", number>;
  lines: Record<string, unknown>[];
  notPriced: { name: string }[];
  stale: unknown[];
  budget?: number;
}

describe("of an app", () => {
  test("as data it has the documented form", async () => {
    const { cost } = await data("cost", "--stage", "dev");
    expect(Object.keys(cost).slice(0, 4)).toEqual(["total", "lines", "notPriced", "stale"]);
    for (const line of cost.lines) {
      expect(Object.keys(line).slice(0, 10)).toEqual([
        "name",
        "item",
        "quantity",
        "unit",
        "unitPrice",
        "idle",
        "expected",
        "busy",
        "confidence",
        "asOf",
      ]);
    }
    expect(cost.lines.find(({ item }) => item === "RDS instance")).toMatchObject({
      name: "database",
      quantity: 730,
      unit: "hour",
      unitPrice: 0.019,
      expected: 13.87,
      confidence: "confirmed-2026",
      asOf: "2026-09-06",
    });
    expect(cost.total.expected).toBeCloseTo(
      cost.lines.reduce((sum, line) => sum + (line["expected"] as number), 0),
      1,
    );
  });

  test("what the app expects counts, of things and in stages; the command line goes before it", async () => {
    const quantity = async (item: string, ...words: string[]) =>
      (await data("cost", ...words)).cost.lines.find((line) => line["item"] === item && line["name"] === "web")!["quantity"];
    expect(await quantity("log ingest", "--stage", "dev")).toBe(10);
    expect(await quantity("log ingest", "--stage", "dev", "--expect", "web.logGB=3")).toBe(3);
    expect(await quantity("data to the internet", "--stage", "dev")).toBe(0);
    expect(await quantity("data to the internet", "--stage", "prod")).toBe(1000);
    expect(await quantity("data to the internet", "--stage", "prod", "--expect", "logGB=1", "--expect", "dataOutGB=5")).toBe(5);
  });

  test("above its budget the exit code says so", async () => {
    const within = await run("cost", "--stage", "dev");
    expect(within.exit).toBe(0);
    expect(within.out.join("\n")).toContain("within the budget of 60.00");
    const above = await run("cost", "--stage", "prod");
    expect(above.exit).toBe(9);
    expect(above.out.join("\n")).toMatch(/\d+\.\d\d above the budget of 90\.00/);
    expect((await run("cost", "--stage", "prod", "--budget", "1000")).exit).toBe(0);
  });

  test("two stages beside each other", async () => {
    const { exit, out } = await run("cost", "--compare", "dev", "prod");
    expect(exit).toBe(0);
    expect(out.slice(0, 6)).toMatchInlineSnapshot(`
      [
        "shop dev and prod, US dollars a month",
        "",
        "                 idle   expected       busy",
        "dev             33.60      38.73      45.14",
        "prod            74.96     170.35     267.16",
        "difference     +41.36    +131.62    +222.02",
      ]
    `);
    expect(out.join("\n")).toContain("db.t4g.micro → db.t4g.medium");
  });

  test("a plan says what it does to the price", async () => {
    const { out } = await run("plan");
    const from = out.findIndex((line) => line.startsWith("price "));
    expect(out[from]).toBe("price US dollars a month on AWS, plinth cost has more");
    expect(out.slice(from).join("\n")).toMatch(/database +\+\d+\.\d\d .*new: .*db\.t4g\.micro/);
    const plan = JSON.parse((await run("plan", "--json")).out.join("\n")) as { price: { change: { expected: number } } };
    expect(plan.price.change.expected).toBeGreaterThan(20);
  });
});

describe("of templates of any tool", () => {
  test("what has no price is named beside what has", async () => {
    const { exit, out } = await run("cost", "board.json");
    expect(exit).toBe(0);
    const text = out.join("\n");
    expect(text).toMatch(/total as priced +3\.00 +3\.00 +3\.00/);
    expect(text).toContain("? Odd (Foo::Bar: this type has no prices here)");
  });

  test.each<[string[], number, string, string]>([
    [["words.yaml"], 3, "bad-template", "words.yaml is no CloudFormation template: Template format error: unsupported structure."],
    [["list.json"], 3, "bad-template", "list.json is no CloudFormation template"],
    [["empty.json"], 3, "bad-template", "At least one Resources member must be defined."],
    [["missing.json"], 2, "no-template", "missing.json cannot be read."],
    [["."], 2, "no-template", "is a folder."],
    [["board.json", "--region", "mars-north-1"], 2, "no-prices", "the regions with prices are us-east-1"],
    [["board.json", "--expect", "storms=3"], 2, "usage", '"storms" is nothing that can be expected'],
    [["board.json", "--expect", "Bord.storageGB=3"], 2, "usage", 'Nothing that costs is called "Bord".'],
    [["board.json", "--budget", "much"], 2, "usage", '"much" is no budget.'],
    [["--compare", "dev"], 2, "usage", "--compare takes two stages."],
    [["--compare", "dev", "moon"], 3, "faults", "plinth.config.ts does not hold."],
  ])("%j ends with %d", async (words, exit, code, message) => {
    const ran = await run("cost", ...words);
    expect([ran.exit, ran.failure?.code]).toEqual([exit, code]);
    expect(ran.failure?.message).toContain(message);
    expect(ran.failure?.remedy).toBeTruthy();
  });

  test("when nothing at all could be priced, that is no success", async () => {
    const { exit, out } = await run("cost", "odd.yaml");
    expect(exit).toBe(1);
    expect(out.join("\n")).toContain("not priced");
  });

  test.each([40, 60, 80, 140])("on %d columns no line is wider", async (columns) => {
    const estimate = priceTemplates(["board.json"], "us-east-1", { folder: app.folder });
    for (const verbose of [false, true]) {
      const shown = { title: "board.json", estimate, savings: [], free: [], budget: 2, verbose, columns };
      const wide = costText(shown, noColours).filter((line) => line.length > Math.max(columns, 49));
      expect(wide.filter((line) => !line.startsWith("board.json"))).toEqual([]);
    }
  });
});

describe("refreshed from a price list", () => {
  let server: Server;
  const asked: { ServiceCode: string; Filters: { Field: string; Value: string }[] }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        const input = JSON.parse(body) as (typeof asked)[number];
        asked.push(input);
        const filters = Object.fromEntries(input.Filters.map(({ Field, Value }) => [Field, Value]));
        const attributes = { ...filters, instanceType: filters["instanceType"] };
        const product = {
          product: { attributes },
          terms: { OnDemand: { X: { priceDimensions: { Y: { beginRange: "0", pricePerUnit: { USD: "0.5" } } } } } },
        };
        const found = input.ServiceCode === "AmazonRDS" && filters["instanceType"] !== undefined ? [JSON.stringify(product)] : [];
        response.setHeader("content-type", "application/x-amz-json-1.1");
        response.end(JSON.stringify({ FormatVersion: "aws_v1", PriceList: found }));
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
  });
  afterAll(() => void server.close());
  afterEach(() => void vi.unstubAllEnvs());

  test("prices are kept beside the app and reckoned with; what is not found keeps its price and is named", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_PRICING", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    const { exit, out, failure } = await run("cost", "refresh", "--stage", "dev");
    expect(failure).toBeUndefined();
    expect(exit).toBe(0);
    const text = out.join("\n");
    expect(text).toMatch(/^eu-central-1 1 changed, 0 as before, \d+ kept$/m);
    expect(text).toContain("rds.postgres db.t4g.micro.singleAz 0.019 → 0.5");
    expect(text).toContain("fargate x86.vcpuHour keeps its old price: no product of AmazonECS match");
    expect(asked.find(({ ServiceCode }) => ServiceCode === "AmazonECS")?.Filters).toContainEqual({
      Type: "TERM_MATCH",
      Field: "usagetype",
      Value: "EUC1-Fargate-vCPU-Hours:perCPU",
    });
    const file = join(app.folder, ".plinth/prices.json");
    expect(existsSync(file)).toBe(true);
    const { cost } = await data("cost", "--stage", "dev", "--budget", "1000");
    expect(cost.lines.find(({ item }) => item === "RDS instance")).toMatchObject({ unitPrice: 0.5, expected: 365, confidence: "listed" });
    expect(readFileSync(file, "utf8")).not.toContain("secret");
  });
});
