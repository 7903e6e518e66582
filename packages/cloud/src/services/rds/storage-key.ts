/** The KMS key of a database's storage: the caller has to be able to give RDS the use of it. Source: Amazon RDS User Guide, "AWS KMS key management". */
import { AwsError } from "../../aws-error.ts";
import { storageKeyFault } from "../../runtime/encryption-keys.ts";
import type { OperationContext } from "../../service.ts";

/** Throws KMSKeyNotAccessibleFault. */
export function checkStorageKey({ cloud, region, principal }: OperationContext, reference: string | undefined): void {
  if (!storageKeyFault(cloud, { region, principal, service: "rds" }, reference)) return;
  throw new AwsError(
    "KMSKeyNotAccessibleFault",
    `The specified KMS key [${reference}] does not exist, is not enabled or you do not have permissions to access it.`,
  );
}
