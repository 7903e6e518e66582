import { describe, expect, test } from "vitest";
import { findSavings, freeTiers, priceDifference } from "../src/index.ts";
import { priced, pricedExample } from "./priced.ts";
import { fargate, template } from "./systems/template.ts";

const rounded = (columns: object) => Object.values(columns).map((usd: number) => Math.round(usd * 100) / 100);

describe("a difference", () => {
  test("names what changes, from what to what, the greatest first, and nothing else", () => {
    const before = priced(template({ ...fargate("Web", 256, 512), Gone: ["CloudWatch::Dashboard"], Same: ["S3::Bucket"] }));
    const after = priced(template({ ...fargate("Web", 1024, 2048, { max: 3 }), Same: ["S3::Bucket"], New: ["Foo::Bar"] }));
    const { things, change, newlyNotPriced, before: old, after: next } = priceDifference(before, after);
    expect(things.map(({ name }) => name)).toEqual(["Web", "Gone"]);
    expect(things[0]!.items.map(({ item, before: was, after: is }) => [item, was, is])).toEqual([
      ["Fargate vCPU", "Fargate 1 × 0.25 vCPU", "Fargate 1–3 × 1 vCPU"],
      ["Fargate memory", "0.5 GB", "2 GB"],
    ]);
    expect(rounded(things[1]!.change)).toEqual([-3, -3, -3]);
    expect(newlyNotPriced).toEqual(["New"]);
    expect(change.expected).toBeCloseTo(next.expected - old.expected, 8);
  });

  test("of nothing is the whole, of the same is nothing", () => {
    const some = priced(template({ Board: ["CloudWatch::Dashboard"] }));
    expect(rounded(priceDifference(undefined, some).change)).toEqual([3, 3, 3]);
    expect(priceDifference(some, some).things).toEqual([]);
  });
});

describe("savings", () => {
  test("of hana prod are reckoned on its own lines", async () => {
    const estimate = await pricedExample("hana", "prod");
    const found = Object.fromEntries(
      findSavings({ estimate, production: true }).map(({ what, saves }) => [what, Math.round(saves * 100) / 100]),
    );
    expect(found).toEqual({
      // 9 tasks of 1 vCPU and 2 GB, each price × 730 hours.
      "tasks on Fargate Spot": 221.09,
      "tasks on ARM (Graviton)": 64.85,
      // Of the 6 that always run a fifth.
      "a Compute Savings Plan for the tasks that always run": 43.25,
      "Valkey instead of Redis": 60.15,
      // 58.40 of hours, less 10 GB at 0.035.
      "no interface endpoints: the NAT gateway carries it": 58.05,
      "one NAT gateway instead of 2": 36.5,
    });
  });

  test("of hana dev also that it need not stand at night; every one has its trade-off", async () => {
    const found = findSavings({ estimate: await pricedExample("hana", "dev"), production: false });
    const nights = found.find(({ what }) => what.startsWith("stopped at night"))!;
    // Tasks 54.06 and the instance 47.45, for 118 of 168 hours a week.
    expect(nights.saves).toBeCloseTo((54.06 + 47.45) * (118 / 168), 1);
    expect(found.map(({ saves }) => saves)).toEqual(found.map(({ saves }) => saves).toSorted((a, b) => b - a));
    for (const { tradeOff } of found) expect(tradeOff.length).toBeGreaterThan(10);
  });

  test("say from how much on endpoints pay, and are silent from there", () => {
    const net = template({
      Nat: ["EC2::NatGateway", {}],
      Endpoint: ["EC2::VPCEndpoint", { VpcEndpointType: "Interface", ServiceName: "com.amazonaws.us-east-1.logs", SubnetIds: ["a", "b"] }],
    });
    const of = (endpointGB: number) => findSavings({ estimate: priced(net, "us-east-1", { endpointGB }), production: true });
    expect(of(10)[0]!.tradeOff).toContain("pays below 417 GB a month"); // 14.60 / 0.035
    expect(of(500).filter(({ what }) => what.includes("endpoints"))).toEqual([]);
  });

  test("logs that nobody deletes, disks of the older kind", () => {
    const found = findSavings({
      estimate: priced(
        template({
          Logs: ["Logs::LogGroup", {}],
          Database: ["RDS::DBInstance", { Engine: "postgres", DBInstanceClass: "db.t4g.micro", AllocatedStorage: 20, StorageType: "gp2" }],
        }),
        "us-east-1",
        { taskLogGB: 100 },
      ),
      production: true,
    });
    // 100 GB a month, of which a year's worth is kept: 36, of which one month would be 3.
    expect(found.map(({ what, saves }) => [what, Math.round(saves)])).toEqual([
      ["logs kept for 30 days", 33],
      ["gp3 instead of gp2", 0],
    ]);
  });
});

test("free tiers are reckoned apart, up to what is used", () => {
  const { lines, total } = priced(
    template({
      A: ["CloudWatch::Dashboard"],
      ...Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`Alarm${n}`, ["CloudWatch::Alarm", {}]])),
    }),
  );
  expect(total.expected).toBeCloseTo(3 + 1.5, 8);
  expect(freeTiers(lines).map(({ what, off }) => [what, Math.round(off * 100) / 100])).toEqual([
    ["10 alarms", 1],
    ["3 dashboards", 3],
  ]);
});
