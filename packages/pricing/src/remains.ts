/** What things cost a month that are left of a stage that was taken down. */
import { findPrice, type PriceOverlay } from "./price-list.ts";

export interface RemainInput {
  kind: "database-snapshot" | "cluster-snapshot" | "bucket" | "file-system" | "log-group" | "secret" | "key" | "other";
  sizeBytes?: number;
}

/** What each kind is charged by: a price for a gigabyte, or for one. */
const priced: Partial<Record<RemainInput["kind"], { service: string; item: string; by: "GB" | "one" }>> = {
  "database-snapshot": { service: "backup", item: "rdsSnapshot", by: "GB" },
  "cluster-snapshot": { service: "aurora.postgres", item: "backupOverFree", by: "GB" },
  bucket: { service: "s3", item: "standard", by: "GB" },
  "file-system": { service: "efs", item: "standard", by: "GB" },
  key: { service: "kms", item: "customerKey", by: "one" },
  secret: { service: "secretsManager", item: "secret", by: "one" },
};

/** US dollars a month; `undefined` where its price or its size is not known. A snapshot counts as large as its database. */
export function priceRemain({ kind, sizeBytes }: RemainInput, region: string, overlay?: PriceOverlay): number | undefined {
  const how = priced[kind];
  const price = how && findPrice(region, how.service, how.item, overlay);
  if (!how || !price) return undefined;
  if (how.by === "one") return price.usd;
  return sizeBytes === undefined ? undefined : (sizeBytes / 1024 ** 3) * price.usd;
}
