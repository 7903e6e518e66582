/** The errors of SNS, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const invalidParameter = (what: string) => new AwsError("InvalidParameter", `Invalid parameter: ${what}`);
export const invalidMessageAttribute = (message: string) => new AwsError("ParameterValueInvalid", message);
export const topicNotFound = () => new AwsError("NotFound", "Topic does not exist", 404);
export const subscriptionNotFound = () => new AwsError("NotFound", "Subscription does not exist", 404);
export const resourceNotFound = () => new AwsError("ResourceNotFound", "Resource does not exist", 404);
/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);
