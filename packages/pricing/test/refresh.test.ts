import { describe, expect, test } from "vitest";
import { findPrice } from "../src/price-list.ts";
import { refreshPrices, type GetProducts } from "../src/refresh/refresh.ts";
import { estimate } from "../src/index.ts";
import { today } from "./priced.ts";
import { template } from "./systems/template.ts";

const product = (attributes: Record<string, string>, ...prices: [begin: number, usd: string][]) =>
  JSON.stringify({
    product: { attributes },
    terms: {
      OnDemand: {
        X: {
          priceDimensions: Object.fromEntries(
            prices.map(([begin, USD]) => [`D${begin}`, { beginRange: String(begin), pricePerUnit: { USD } }]),
          ),
        },
      },
    },
  });

/** A price list that answers as AWS does: what matches the filters, which are not all that is asked. */
function list(products: Record<string, string[]>): { getProducts: GetProducts; asked: [string, Record<string, string>][] } {
  const asked: [string, Record<string, string>][] = [];
  return {
    asked,
    async getProducts(serviceCode, filters) {
      asked.push([serviceCode, Object.fromEntries(filters.map(({ field, value }) => [field, value]))]);
      return products[serviceCode] ?? [];
    },
  };
}

const alb = (usagetype: string) => ({ usagetype, operation: "LoadBalancing:Application" });
const hour = { service: "alb", item: "hour" };

describe("refreshed prices", () => {
  test("of the one product that matches all attributes, asked by the region's own usage type", async () => {
    const { getProducts, asked } = list({
      AWSELB: [
        product(alb("EUC1-LoadBalancerUsage"), [0, "0.0290000000"]),
        product(alb("EUC1-TS-LoadBalancerUsage"), [0, "0.1"]),
        product({ usagetype: "EUC1-LoadBalancerUsage", operation: "LoadBalancing:Network" }, [0, "0.2"]),
      ],
    });
    const { overlay, changed, kept } = await refreshPrices({ region: "eu-central-1", items: [hour], getProducts, today });
    expect(asked).toEqual([
      ["AWSELB", { regionCode: "eu-central-1", operation: "LoadBalancing:Application", usagetype: "EUC1-LoadBalancerUsage" }],
    ]);
    expect(kept).toEqual([]);
    expect(changed).toEqual([{ service: "alb", item: "hour", before: findPrice("eu-central-1", "alb", "hour")!.usd, after: 0.029 }]);
    expect(overlay["eu-central-1"]!["alb"]!["hour"]).toEqual({
      usd: 0.029,
      unit: "hour",
      confidence: "listed",
      asOf: today,
      source: "price list",
    });
  });

  test("count in our units, from the first tier that is paid", async () => {
    const { getProducts } = list({
      AmazonS3: [product({ usagetype: "Requests-Tier1", group: "S3-API-Tier1" }, [0, "0.000005"])],
      awswaf: [product({ usagetype: "USE1-RequestV2-Tier1" }, [0, "0.0000007"])],
      AWSDataTransfer: [
        product({ usagetype: "DataTransfer-Out-Bytes", transferType: "AWS Outbound" }, [0, "0"], [10240, "0.085"], [100, "0.09"]),
      ],
    });
    const items = [
      { service: "s3", item: "putCopyPostList" },
      { service: "waf", item: "requests" },
      { service: "dataTransfer", item: "internetOut.first10TB" },
    ];
    const { overlay, unchanged } = await refreshPrices({ region: "us-east-1", items, getProducts, today });
    const own = overlay["us-east-1"]!;
    expect([own["s3"]!["putCopyPostList"]!.usd, own["waf"]!["requests"]!.usd, own["dataTransfer"]!["internetOut.first10TB"]!.usd]).toEqual([
      0.005, 0.7, 0.09,
    ]);
    expect(unchanged).toBe(2);
  });

  test.each<[string, string[], string]>([
    ["no product", [], "no product of AWSELB match"],
    ["two", [product(alb("LoadBalancerUsage"), [0, "1"]), product(alb("LoadBalancerUsage"), [0, "2"])], "2 products of AWSELB match"],
    ["a price of nothing", [product(alb("LoadBalancerUsage"), [0, "0.0"])], "the product of AWSELB has no price in dollars above 0"],
  ])("stay as they are with %s", async (_, products, reason) => {
    const { overlay, kept } = await refreshPrices({
      region: "us-east-1",
      items: [hour],
      getProducts: list({ AWSELB: products }).getProducts,
      today,
    });
    expect(kept).toEqual([{ ...hour, reason }]);
    expect(overlay).toEqual({});
  });

  test("of Spot are not in the list, and say so", async () => {
    const spot = { service: "fargate", item: "spot.x86.vcpuHour" };
    const { kept } = await refreshPrices({ region: "us-east-1", items: [spot], getProducts: list({}).getProducts, today });
    expect(kept).toEqual([{ ...spot, reason: "no selector for the price list: it is not there, or not by attributes" }]);
  });

  test("go before those of the snapshot, and are not stale", () => {
    const own = { usd: 9, unit: "dashboard-month", confidence: "listed", asOf: today, source: "price list" } as const;
    const { lines, stale } = estimate({
      stacks: [{ name: "stack", template: template({ Board: ["CloudWatch::Dashboard"] }) }],
      region: "us-east-1",
      today,
      overlay: { "us-east-1": { cloudwatch: { dashboard: own } } },
    });
    expect(lines[0]).toMatchObject({ expected: 9, confidence: "listed", asOf: today });
    expect(stale).toEqual([]);
  });
});
