import { expect, test } from "vitest";
import { priceRemain, type RemainInput } from "../src/index.ts";

const gigabyte = 1024 ** 3;

test.each<[RemainInput, number | undefined]>([
  [{ kind: "database-snapshot", sizeBytes: 20 * gigabyte }, 1.9],
  [{ kind: "cluster-snapshot", sizeBytes: 10 * gigabyte }, 0.21],
  [{ kind: "bucket", sizeBytes: 100 * gigabyte }, 2.3],
  [{ kind: "file-system", sizeBytes: gigabyte }, 0.3],
  [{ kind: "secret" }, 0.4],
  [{ kind: "key" }, 1],
  [{ kind: "bucket" }, undefined],
  [{ kind: "other", sizeBytes: gigabyte }, undefined],
])("%j costs %s dollars a month in us-east-1", (remain, usd) => {
  const cost = priceRemain(remain, "us-east-1");
  expect(cost === undefined ? undefined : Math.round(cost * 100) / 100).toBe(usd);
});

test("where a region has no prices, nothing is said of it", () => {
  expect(priceRemain({ kind: "secret" }, "mars-north-1")).toBeUndefined();
});
