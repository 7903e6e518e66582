/** Copies of a database in another region, and a database that begins with a snapshot: what stands in the templates for them. */
import { app, aurora, postgres, type Region } from "@plinth/language";
import { expect, test } from "vitest";
import { copiedTo } from "./apps/copied.ts";
import { assemblyOf } from "./compile-app.ts";

const compiled = (copyRegion: Region) => assemblyOf(copiedTo(copyRegion));

test("a plan fills a vault here and one there each day; a snapshot decides what else it would say", () => {
  const { stacks, leaves } = compiled("eu-west-1");
  const resources = Object.assign({}, ...stacks.map(({ template }) => template.Resources)) as Record<
    string,
    { Type: string; DeletionPolicy?: string; Properties: Record<string, unknown> }
  >;
  const far = stacks.find(({ region, layer }) => region === "eu-west-1" && layer === "storage");
  expect(Object.keys(far!.template.Resources).sort()).toEqual(["ClusterVaultEuWest1", "DatabaseVaultEuWest1"]);
  expect(resources["DatabaseBackupPlan"]!.Properties).toMatchObject({
    BackupPlan: {
      BackupPlanName: "shop-prod-database",
      BackupPlanRule: [{ Lifecycle: { DeleteAfterDays: 7 }, CopyActions: [{ Lifecycle: { DeleteAfterDays: 90 } }] }],
    },
  });
  expect(resources["ClusterBackupPlan"]!.Properties).toMatchObject({
    BackupPlan: { BackupPlanRule: [{ CopyActions: [{ Lifecycle: { DeleteAfterDays: 35 } }] }] },
  });
  expect(resources["DatabaseVault"]!.DeletionPolicy).toBe("Retain");
  expect(resources["Database"]!.Properties).toMatchObject({ DBSnapshotIdentifier: "good-again", BackupRetentionPeriod: 7 });
  expect(resources["Cluster"]!.Properties).toMatchObject({ SnapshotIdentifier: "rds:shop-2026-11-20-03-12", BackupRetentionPeriod: 3 });
  for (const id of ["Database", "Cluster"]) {
    for (const name of ["DBName", "DatabaseName", "MasterUsername", "StorageEncrypted"])
      expect(resources[id]!.Properties).not.toHaveProperty(name);
  }
  expect(leaves.join("\n")).toContain("the backup vaults of database, here and in eu-west-1");
});

test("copies may go where a global database follows: neither region's stacks wait for each other", () => {
  const { stacks } = assemblyOf(
    app("shop", { region: "eu-central-1", production: ["prod"] }, () => ({
      database: postgres({ backup: { copy: { region: "eu-west-1" } } }),
      cluster: aurora({ version: "17", globalRegions: ["eu-west-1"], backup: { copy: { region: "eu-west-1" } } }),
    })),
  );
  const of = (name: string) => stacks.find((stack) => stack.name === name)!;
  expect(of("shop-prod-database").dependsOn).toContain("shop-prod-storage-eu-west-1");
  expect(of("shop-prod-database-eu-west-1").dependsOn).toContain("shop-prod-database");
});

test("a copy in the app's own region is refused", () => {
  expect(() => compiled("eu-central-1")).toThrow("backup.copy names the app's own region, eu-central-1: a copy helps in another one");
});
