/** The errors of CloudWatch Logs, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const invalidParameter = (message: string) => new AwsError("InvalidParameterException", message);

export const groupNotFound = () => new AwsError("ResourceNotFoundException", "The specified log group does not exist.");

export const streamNotFound = () => new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");

export const groupExists = () => new AwsError("ResourceAlreadyExistsException", "The specified log group already exists");

export const streamExists = () => new AwsError("ResourceAlreadyExistsException", "The specified log stream already exists");

export const invalidNextToken = () => invalidParameter("The specified nextToken is invalid.");

export const limitExceeded = () => new AwsError("LimitExceededException", "Resource limit exceeded.");

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);
