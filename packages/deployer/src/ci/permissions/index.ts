/**
 * What CloudFormation asks for, in the name of whoever deploys, to make, read, change and delete a resource of each type that the compiler
 * writes. Written by hand in the shape of the `handlers.*.permissions` of AWS's published resource schemas (CloudFormation registry), after
 * the operations that AWS documents of each type. The spec that this project generates its types from carries no permissions, so there is
 * nothing to generate it from: what proves it are lives of the examples' stages under exactly these policies (packages/plinth/test/ci-role.test.ts,
 * scripts/pipeline-rights.ts).
 */
import type { PermissionsByType } from "./actions.ts";
import { computePermissions } from "./compute.ts";
import { databasesPermissions } from "./databases.ts";
import { entryPermissions } from "./entry.ts";
import { messagesPermissions } from "./messages.ts";
import { networkPermissions } from "./network.ts";
import { secretsPermissions } from "./secrets.ts";
import { storagePermissions } from "./storage.ts";
import { watchPermissions } from "./watch.ts";

export const typePermissions: PermissionsByType = {
  ...computePermissions,
  ...databasesPermissions,
  ...entryPermissions,
  ...messagesPermissions,
  ...networkPermissions,
  ...secretsPermissions,
  ...storagePermissions,
  ...watchPermissions,
};
