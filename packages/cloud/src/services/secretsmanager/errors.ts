/** The errors of Secrets Manager, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const secretNotFound = () => new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");

export const valueNotFound = (by: "VersionId" | "staging label", value: string) =>
  new AwsError("ResourceNotFoundException", `Secrets Manager can't find the specified secret value for ${by}: ${value}`);

export const markedForDeletion = () =>
  new AwsError("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.");

export const nameScheduledForDeletion = () =>
  new AwsError(
    "InvalidRequestException",
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  );

export const notOnReplica = () =>
  invalidRequest("Operation not permitted on a replica secret. Call must be made in primary secret's region.");

export const secretExists = (name: string) =>
  new AwsError("ResourceExistsException", `The operation failed because the secret ${name} already exists.`);

export const tokenInUse = (token: string, arn: string) =>
  new AwsError(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );

export const invalidParameter = (message: string) => new AwsError("InvalidParameterException", message);
export const invalidRequest = (message: string) => new AwsError("InvalidRequestException", message);
export const invalidNextToken = () => new AwsError("InvalidNextTokenException", "The NextToken value is invalid.");

export const invalidName = () =>
  new AwsError(
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  );

/** KMS says why; AWS does not pass that on. */
export const noKeyAccess = () => new AwsError("AccessDeniedException", "Access to KMS is not allowed");
export const encryptionFailure = () =>
  new AwsError(
    "EncryptionFailure",
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.",
  );
export const decryptionFailure = () =>
  new AwsError("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key.");

/** What the embedded cloud cannot do, said so by name. */
export const notServedHere = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not ${what}; docs/parity.md lists what it does.`, 501);
