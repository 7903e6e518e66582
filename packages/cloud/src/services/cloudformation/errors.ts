/** CloudFormation's errors, in its words. */
import { AwsError } from "../../aws-error.ts";

export const validationError = (message: string) => new AwsError("ValidationError", message);

/** As the operations that change a stack say it. */
export const stackDoesNotExist = (nameOrId: string) => validationError(`Stack [${nameOrId}] does not exist`);

/** As most describes say it. */
export const stackWithIdDoesNotExist = (nameOrId: string) => validationError(`Stack with id ${nameOrId} does not exist`);

export const stackAlreadyExists = (name: string) => new AwsError("AlreadyExistsException", `Stack [${name}] already exists`);

export const changeSetDoesNotExist = (name: string) => new AwsError("ChangeSetNotFound", `ChangeSet [${name}] does not exist`, 404);

export const changeSetAlreadyExists = (name: string, stackName: string) =>
  new AwsError(
    "AlreadyExistsException",
    `ChangeSet ${name} cannot be created due to a mismatch with existing attribute Template or it exists already for stack ${stackName}`,
  );

export const invalidChangeSetStatus = (message: string) => new AwsError("InvalidChangeSetStatus", message);

export const insufficientCapabilities = (capabilities: readonly string[]) =>
  new AwsError("InsufficientCapabilitiesException", `Requires capabilities : [${capabilities.join(", ")}]`);

export const tokenAlreadyExists = (token: string) =>
  new AwsError("TokenAlreadyExistsException", `ClientRequestToken ${token} was used for another operation on this stack`);

/** `value` at `member` breaks a constraint, in the words of AWS's front end. */
export const constraintError = (member: string, value: unknown, constraint: string) =>
  validationError(`1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${constraint}`);

/** What AWS has and this cloud does not: by name, never in silence. */
export const refused = (what: string, why: string) => validationError(`The embedded cloud does not serve ${what}: ${why}`);
