/** An app whose databases are copied to another region, and begin with snapshots. */
import { app, aurora, postgres, type Region } from "@plinth/language";

export const copiedTo = (region: Region) =>
  app("shop", { region: "eu-central-1", production: ["prod"] }, () => ({
    database: postgres({ version: "16", backup: { copy: { region, retain: "90 days" } }, restoreFrom: "good-again" }),
    cluster: aurora({ backup: { retain: "3 days", copy: { region } }, restoreFrom: "rds:shop-2026-11-20-03-12" }),
  }));
