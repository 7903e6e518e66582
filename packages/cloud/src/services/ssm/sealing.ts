/**
 * Values of SecureStrings under their KMS key: a standard parameter's is encrypted by the key itself, an advanced one's by a data key. Source: Systems
 * Manager User Guide, "AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters".
 */
import { AwsError } from "../../aws-error.ts";
import { encryptionKeys, type KeyUser, passedOn } from "../../runtime/encryption-keys.ts";
import { openValue, type SealedValue, sealValue } from "../../runtime/sealed-value.ts";
import type { OperationContext } from "../../service.ts";
import { parameterArn, type ParameterVersion } from "./parameters.ts";

const defaultKey = "alias/aws/ssm";

const user = ({ account, region, principal }: OperationContext, name: string): KeyUser => ({
  region,
  principal,
  service: "ssm",
  context: { PARAMETER_ARN: parameterArn(account, region, name) },
});

/** Replaces the value by what is kept of it. Throws AccessDeniedException, InvalidKeyId. */
export function seal(context: OperationContext, name: string, version: ParameterVersion): void {
  const { cloud } = context;
  const by = user(context, name);
  const key = version.keyId ?? defaultKey;
  const bytes = Buffer.from(version.value, "utf8");
  withKey(context, () => {
    if (version.tier === "Advanced") {
      version.value = Buffer.from(JSON.stringify(sealValue(cloud, by, key, bytes)), "utf8").toString("base64");
      version.sealedBy = "data key";
    } else {
      version.value = Buffer.from(encryptionKeys(cloud).encrypt(by, key, bytes)).toString("base64");
      version.sealedBy = "key";
    }
  });
}

/** Throws AccessDeniedException, InvalidKeyId. */
export function unsealed(context: OperationContext, name: string, { value, sealedBy }: ParameterVersion): string {
  const { cloud } = context;
  const by = user(context, name);
  const bytes = Buffer.from(value, "base64");
  return withKey(context, () =>
    sealedBy === "key"
      ? Buffer.from(encryptionKeys(cloud).decrypt(by, bytes)).toString("utf8")
      : openValue(cloud, by, JSON.parse(bytes.toString("utf8")) as SealedValue).toString("utf8"),
  );
}

function withKey<R>({ cloud }: OperationContext, use: () => R): R {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(error.code === "AccessDeniedException" ? error.code : "InvalidKeyId", passedOn(cloud, error));
  }
}
