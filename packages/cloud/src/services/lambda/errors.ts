/** The errors of Lambda, in AWS's words. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints, type Constrained } from "../../constraints.ts";

/** Lambda says of each error whose it is. */
export const fault = (code: string, message: string, status: number, members: Readonly<Record<string, unknown>> = {}) =>
  new AwsError(code, message, status, { Type: "User", ...members });

export const functionNotFound = (arn: string) => fault("ResourceNotFoundException", `Function not found: ${arn}`, 404);
export const functionExists = (name: string) => fault("ResourceConflictException", `Function already exist: ${name}`, 409);
export const versionInUse = (aliases: readonly string[]) =>
  fault("ResourceConflictException", `Unable to delete version because the following aliases reference it: [${aliases.join(", ")}]`, 409);
export const versionExists = (version: string) =>
  fault(
    "ResourceConflictException",
    `A version for this Lambda function exists ( ${version} ). Modify the function to create a new version.`,
    409,
  );
export const aliasExists = (arn: string) => fault("ResourceConflictException", `Alias already exists: ${arn}`, 409);
export const statementExists = (id: string) =>
  fault(
    "ResourceConflictException",
    `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    409,
  );
export const statementNotFound = (id: string) =>
  fault("ResourceNotFoundException", `Statement ${id} is not found in resource policy.`, 404);
export const noPolicy = () => fault("ResourceNotFoundException", "The resource you requested does not exist.", 404);
export const noPolicyHere = () => fault("ResourceNotFoundException", "No policy is associated with the given resource.", 404);
export const notFound = (message: string) => fault("ResourceNotFoundException", message, 404);
/** Of an ARN of another region: it is not looked up there, and never here. */
export const otherRegion = (given: string, here: string) =>
  notFound(`Functions from '${given}' are not reachable in this region ('${here}')`);
export const invalidValue = (message: string) => fault("InvalidParameterValueException", message, 400);
export const notUnzipped = () => invalidValue("Could not unzip uploaded file. Please check your file, then try to upload again.");
export const roleNotAssumable = () => invalidValue("The role defined for the function cannot be assumed by Lambda.");
export const throttled = () =>
  fault("TooManyRequestsException", "Rate Exceeded.", 429, { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" });
export const revisionMismatch = () =>
  fault(
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    412,
  );

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);

export const check = (members: Constrained) => checkConstraints("ValidationException", members);
