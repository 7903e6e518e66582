/** The errors of KMS, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const notFound = (message: string) => new AwsError("NotFoundException", message);
export const keyNotFound = (arn: string) => notFound(`Key '${arn}' does not exist`);
export const invalidKeyId = (id: string) => notFound(`Invalid keyId '${id}'`);
export const aliasNotFound = (arn: string) => notFound(`Alias ${arn} is not found.`);

export const invalidArn = (message: string) => new AwsError("InvalidArnException", message);
export const validation = (message: string) => new AwsError("ValidationException", message);
export const unsupported = (message: string) => new AwsError("UnsupportedOperationException", message);
export const alreadyExists = (message: string) => new AwsError("AlreadyExistsException", message);
export const limitExceeded = (message: string) => new AwsError("LimitExceededException", message);
export const invalidMarker = () => new AwsError("InvalidMarkerException", "Could not deserialize marker");
export const tagFault = (message: string) => new AwsError("TagException", message);
export const malformedPolicy = (message: string) => new AwsError("MalformedPolicyDocumentException", message);

export const disabled = (arn: string) => new AwsError("DisabledException", `${arn} is disabled.`);
export const invalidState = (arn: string, state: string) => new AwsError("KMSInvalidStateException", `${arn} is ${state}.`);

export const wrongUsage = (arn: string, usage: string, operation: string) =>
  new AwsError("InvalidKeyUsageException", `${arn} key usage is ${usage} which is not valid for ${operation}.`);
export const wrongAlgorithm = (algorithm: string, spec: string) =>
  new AwsError("InvalidKeyUsageException", `Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
export const wrongOrigin = (arn: string, origin: string) =>
  unsupported(`${arn} origin is ${origin} which is not valid for this operation.`);

/** AWS says nothing more: a hint would help whoever forges ciphertexts. */
export const invalidCiphertext = () => new AwsError("InvalidCiphertextException", "");
export const incorrectKey = () =>
  new AwsError("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");

/** What AWS answers to Decrypt without a key id, be there no such key or no right to it. */
export const unknownCiphertext = () =>
  new AwsError(
    "AccessDeniedException",
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
  );

/** What the embedded cloud cannot do, said so by name. */
export const notServedHere = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not ${what}; docs/parity.md lists what it does.`, 501);

/** Keys that AWS manages are changed by nobody. */
export const managedByAws = ({ principal }: { principal: { arn: string } }, arn: string) =>
  new AwsError(
    "AccessDeniedException",
    `User: ${principal.arn} is not authorized to perform this operation on the AWS managed key ${arn}.`,
  );

/** What a dry run says when the same request would succeed. */
export const dryRun = () =>
  new AwsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.", 412);

export const invalidSignature = () => new AwsError("KMSInvalidSignatureException", "");
export const invalidMac = () => new AwsError("KMSInvalidMacException", "");
