/** AWS::Backup::BackupVault. Deleted only when it holds nothing, as on AWS. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { unlessGone } from "../../../stack-tags.ts";
import { vaultArn } from "../vault.ts";

type Properties = ResourceProperties["AWS::Backup::BackupVault"];
type Request = ResourceRequest<Properties>;

const made = (request: Pick<Request, "region" | "account">, name: string): Made => ({
  physicalId: name,
  attributes: { BackupVaultArn: vaultArn(request.region, request.account, name), BackupVaultName: name },
});

/** The template's tags and the stack's. */
const tagsOf = ({ tags, properties }: Pick<Request, "tags" | "properties">) => ({ ...tags, ...properties.BackupVaultTags });

/** What has calls of its own. */
async function complete({ call, properties }: Request, BackupVaultName: string, previous: Properties | undefined): Promise<void> {
  const { AccessPolicy: policy, LockConfiguration: lock } = properties;
  const differs = (name: "AccessPolicy" | "LockConfiguration") => JSON.stringify(properties[name]) !== JSON.stringify(previous?.[name]);
  if (differs("AccessPolicy")) {
    if (policy === undefined) await call("backup", "DeleteBackupVaultAccessPolicy", { BackupVaultName });
    else {
      const Policy = typeof policy === "string" ? policy : JSON.stringify(policy);
      await call("backup", "PutBackupVaultAccessPolicy", { BackupVaultName, Policy });
    }
  }
  if (!differs("LockConfiguration")) return;
  if (lock === undefined) await call("backup", "DeleteBackupVaultLockConfiguration", { BackupVaultName });
  else await call("backup", "PutBackupVaultLockConfiguration", { BackupVaultName, ...lock });
}

export const backupVault = resource("AWS::Backup::BackupVault", {
  coverage: {
    real: ["AccessPolicy", "BackupVaultName", "BackupVaultTags", "LockConfiguration"],
    recorded: ["EncryptionKeyArn"],
    refused: {
      Notifications: "notifications of vaults are not served",
    },
  },
  async create(request) {
    const { BackupVaultName, EncryptionKeyArn } = request.properties;
    await request.call("backup", "CreateBackupVault", {
      BackupVaultName,
      BackupVaultTags: tagsOf(request),
      CreatorRequestId: request.token,
      ...(EncryptionKeyArn !== undefined && { EncryptionKeyArn }),
    });
    await complete(request, BackupVaultName, undefined);
    return made(request, BackupVaultName);
  },
  async update(request) {
    const ResourceArn = vaultArn(request.region, request.account, request.physicalId);
    const wanted = tagsOf(request);
    const TagKeyList = Object.keys(request.previous.BackupVaultTags ?? {}).filter((key) => !(key in wanted));
    if (TagKeyList.length > 0) await request.call("backup", "UntagResource", { ResourceArn, TagKeyList });
    await request.call("backup", "TagResource", { ResourceArn, Tags: wanted });
    await complete(request, request.physicalId, request.previous);
    return made(request, request.physicalId);
  },
  async delete({ call, physicalId }) {
    await call("backup", "DeleteBackupVault", { BackupVaultName: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const name = request.properties.BackupVaultName;
    const ResourceArn = vaultArn(request.region, request.account, name);
    const found = await request.call("backup", "ListTags", { ResourceArn }).catch(unlessGone);
    const key = "aws:cloudformation:stack-id";
    if (!found || found.Tags?.[key] !== request.tags[key]) return undefined;
    await complete(request, name, undefined);
    return made(request, name);
  },
});
