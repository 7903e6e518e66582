/** A group's KMS key: CloudWatch Logs itself uses it, so the key's policy has to let `logs.REGION.amazonaws.com` in. Source: CloudWatch Logs User Guide, "Encrypt log data". */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { encryptionKeys, type KeyOperation } from "../../runtime/encryption-keys.ts";
import type { OperationContext } from "../../service.ts";
import { invalidParameter } from "./errors.ts";
import { groupArn, type LogGroup } from "./groups.ts";

type Place = Pick<OperationContext, "cloud" | "region" | "account">;

/** Throws where the group may not have this key. */
export function checkGroupKey(place: Place, groupName: string, kmsKeyId: string | undefined): void {
  checkConstraints("InvalidParameterException", { kmsKeyId: [kmsKeyId, { length: [0, 256] }] });
  if (kmsKeyId === undefined) return;
  if (!/^arn:[\w-]+:kms:[\w-]+:\d{12}:(key|alias)\/.+$/u.test(kmsKeyId)) throw invalidParameter(`Invalid KMS key ARN: ${kmsKeyId}`);
  use(place, groupName, kmsKeyId, ["GenerateDataKey", "Encrypt", "Decrypt"]);
}

/** Throws where the group's events cannot be read because its key cannot be used. */
export function checkReadable(place: Place, { name, kmsKeyId }: LogGroup): void {
  if (kmsKeyId !== undefined) use(place, name, kmsKeyId, ["Decrypt"]);
}

function use(place: Place, groupName: string, kmsKeyId: string, operations: readonly KeyOperation[]): void {
  const { cloud, region, account } = place;
  const arn = groupArn(place, groupName);
  const principal = servicePrincipal(account, `logs.${region}.amazonaws.com`, arn);
  try {
    encryptionKeys(cloud).check({ region, principal, service: "logs", context: { "aws:logs:arn": arn } }, kmsKeyId, operations);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError("AccessDeniedException", `The specified KMS key does not exist or is not allowed to be used with Arn '${arn}'`);
  }
}
