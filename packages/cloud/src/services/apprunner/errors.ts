/** The errors of App Runner, in AWS's codes. Source: App Runner API reference. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints, type Constrained } from "../../constraints.ts";

export const invalidRequest = (message: string) => new AwsError("InvalidRequestException", message);
export const resourceNotFound = (what: string, arn: string) =>
  new AwsError("ResourceNotFoundException", `${what} not found for ARN: ${arn}`);
export const invalidState = (act: string, status: string) =>
  new AwsError("InvalidStateException", `Service cannot be ${act} in the current state: ${status}.`);
export const nameTaken = (what: string, name: string) => invalidRequest(`${what} with the provided name already exists: ${name}.`);

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);

export const check = (members: Constrained) => checkConstraints("ValidationException", members);
