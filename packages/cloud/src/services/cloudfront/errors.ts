/** The errors of CloudFront, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const invalidArgument = (message: string) => new AwsError("InvalidArgument", message);
export const invalidIfMatch = () => new AwsError("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.");
export const preconditionFailed = () =>
  new AwsError(
    "PreconditionFailed",
    "The request failed because it didn't meet the preconditions in one or more request-header fields.",
    412,
  );
export const noSuchDistribution = () => new AwsError("NoSuchDistribution", "The specified distribution does not exist.", 404);
export const noSuchResource = () => new AwsError("NoSuchResource", "A resource that was specified is not valid.", 404);
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);
