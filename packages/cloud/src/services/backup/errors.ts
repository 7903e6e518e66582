/** AWS Backup's errors, in its codes. */
import { AwsError } from "../../aws-error.ts";

export const invalidValue = (message: string) => new AwsError("InvalidParameterValueException", message);
export const invalidRequest = (message: string) => new AwsError("InvalidRequestException", message);
export const notFound = (message: string) => new AwsError("ResourceNotFoundException", message);
export const alreadyExists = (message: string, members: Record<string, unknown>) =>
  new AwsError("AlreadyExistsException", message, 400, members);
export const insufficientPrivileges = () => new AwsError("AccessDeniedException", "Insufficient privileges to perform this action.", 403);
/** AWS has it, the embedded cloud does not: said by name instead of answered falsely. */
export const notServed = (what: string) =>
  new AwsError(
    "NotImplemented",
    `The embedded cloud does not serve ${what}; packages/cloud/src/services/backup/README.md lists what it does.`,
    501,
  );
