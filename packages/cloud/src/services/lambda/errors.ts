/** The errors of Lambda, in AWS's words. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints, type Constrained } from "../../constraints.ts";

export const functionNotFound = (arn: string) => new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
export const functionExists = (name: string) => new AwsError("ResourceConflictException", `Function already exist: ${name}`, 409);
export const versionInUse = (aliases: readonly string[]) =>
  new AwsError(
    "ResourceConflictException",
    `Unable to delete version because the following aliases reference it: [${aliases.join(", ")}]`,
    409,
  );
export const versionExists = (version: string) =>
  new AwsError(
    "ResourceConflictException",
    `A version for this Lambda function exists ( ${version} ). Modify the function to create a new version.`,
    409,
  );
export const aliasExists = (arn: string) => new AwsError("ResourceConflictException", `Alias already exists: ${arn}`, 409);
export const statementExists = (id: string) =>
  new AwsError(
    "ResourceConflictException",
    `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    409,
  );
export const statementNotFound = (id: string) =>
  new AwsError("ResourceNotFoundException", `Statement ${id} is not found in resource policy.`, 404);
export const noPolicy = () => new AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404);
export const noPolicyHere = () => new AwsError("ResourceNotFoundException", "No policy is associated with the given resource.", 404);
export const invalidValue = (message: string) => new AwsError("InvalidParameterValueException", message, 400);
export const notUnzipped = () => invalidValue("Could not unzip uploaded file. Please check your file, then try to upload again.");
export const roleNotAssumable = () => invalidValue("The role defined for the function cannot be assumed by Lambda.");
export const throttled = () =>
  new AwsError("TooManyRequestsException", "Rate Exceeded.", 429, { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" });
export const revisionMismatch = () =>
  new AwsError(
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    412,
  );

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);

export const check = (members: Constrained) => checkConstraints("ValidationException", members);
