/** What concerns all file systems of the account, and copies of them elsewhere, of which there are none. */
import { checkConstraints } from "../../../constraints.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { notServedHere, replicationNotFound } from "../errors.ts";
import { requireFileSystem } from "../file-system.ts";

const preferences = ({ cloud }: OperationContext) => cloud.store.collection<string>("efs-account-preferences");
const describe = (length: string) => ({
  ResourceIdPreference: { ResourceIdType: length as "LONG_ID", Resources: ["FILE_SYSTEM" as const, "MOUNT_TARGET" as const] },
});

/** Ids have been long for everybody since 2021: the preference is kept, and changes nothing. */
export const putAccountPreferences = operation("efs", "PutAccountPreferences", ({ ResourceIdType }, context) => {
  checkConstraints("BadRequest", { resourceIdType: [ResourceIdType, { enum: ["LONG_ID", "SHORT_ID"] }] });
  preferences(context).put(context.region, "resource-id-type", ResourceIdType);
  return describe(ResourceIdType);
});

export const describeAccountPreferences = operation("efs", "DescribeAccountPreferences", (_, context) =>
  describe(preferences(context).get(context.region, "resource-id-type") ?? "LONG_ID"),
);

export const createReplicationConfiguration = operation("efs", "CreateReplicationConfiguration", () => {
  throw notServedHere("replicate file systems");
});

export const deleteReplicationConfiguration = operation("efs", "DeleteReplicationConfiguration", ({ SourceFileSystemId }, context) => {
  throw replicationNotFound(requireFileSystem(context, SourceFileSystemId).id);
});

export const describeReplicationConfigurations = operation("efs", "DescribeReplicationConfigurations", ({ FileSystemId }, context) => {
  if (FileSystemId !== undefined) throw replicationNotFound(requireFileSystem(context, FileSystemId).id);
  return { Replications: [] };
});
