/** The errors of Certificate Manager, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const validation = (message: string) => new AwsError("ValidationException", message);
export const notFound = (arn: string, account: string) =>
  new AwsError("ResourceNotFoundException", `Could not find certificate ${arn} in account ${account}.`);
export const invalidArn = (arn: string) => new AwsError("InvalidArnException", `Invalid certificate ARN: ${arn}`);
export const inUse = (arn: string) => new AwsError("ResourceInUseException", `Certificate ${arn} is in use.`);
export const inProgress = (arn: string) =>
  new AwsError("RequestInProgressException", `Certificate ${arn} is pending validation and has no certificate yet.`);
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);
