/** Queues under a KMS key: who sends needs the right to make data keys and to decrypt, who receives the right to decrypt. Source: Amazon SQS Developer Guide, "Key management". */
import { AwsError } from "../../aws-error.ts";
import { encryptionKeys, type KeyOperation, passedOn } from "../../runtime/encryption-keys.ts";
import type { OperationContext } from "../../service.ts";
import type { Queue } from "./queue.ts";

export const checkSender = (context: OperationContext, queue: Queue): void => use(context, queue, ["GenerateDataKey", "Decrypt"]);
export const checkReceiver = (context: OperationContext, queue: Queue): void => use(context, queue, ["Decrypt"]);

function use({ cloud, region, principal }: OperationContext, { attributes, arn }: Queue, operations: readonly KeyOperation[]): void {
  const reference = attributes["KmsMasterKeyId"];
  if (reference === undefined) return;
  try {
    encryptionKeys(cloud).check({ region, principal, service: "sqs", context: { "aws:sqs:arn": arn } }, reference, operations);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(names[error.code] ?? "KmsAccessDenied", passedOn(cloud, error));
  }
}

/** Of the errors of SQS's model, by KMS's. */
const names: Readonly<Record<string, string>> = {
  DisabledException: "KmsDisabled",
  InvalidKeyUsageException: "KmsInvalidKeyUsage",
  KMSInvalidStateException: "KmsInvalidState",
  NotFoundException: "KmsNotFound",
};
