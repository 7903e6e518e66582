/** Topics under a KMS key: who publishes, person or service, needs the right to make data keys and to decrypt. Source: Amazon SNS Developer Guide, "Managing Amazon SNS encryption keys and costs". */
import { AwsError } from "../../aws-error.ts";
import { encryptionKeys, passedOn } from "../../runtime/encryption-keys.ts";
import type { OperationContext } from "../../service.ts";
import type { Topic } from "./topics.ts";

export function checkPublisher({ cloud, region, principal }: OperationContext, { attributes, arn }: Topic): void {
  const reference = attributes["KmsMasterKeyId"];
  if (!reference) return;
  const user = { region, principal, service: "sns", context: { "aws:sns:topicArn": arn } };
  try {
    encryptionKeys(cloud).check(user, reference, ["GenerateDataKey", "Decrypt"]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(codes[error.code] ?? "KMSAccessDenied", passedOn(cloud, error));
  }
}

/** Of the errors of SNS's model, by KMS's. */
const codes: Readonly<Record<string, string>> = {
  DisabledException: "KMSDisabled",
  KMSInvalidStateException: "KMSInvalidState",
  NotFoundException: "KMSNotFound",
};
