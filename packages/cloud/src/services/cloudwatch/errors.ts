/** The errors of CloudWatch, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const invalidValue = (message: string) => new AwsError("InvalidParameterValue", message);
export const invalidCombination = (message: string) => new AwsError("InvalidParameterCombination", message);
export const missingParameter = (message: string) => new AwsError("MissingParameter", message);
export const validationError = (message: string) => new AwsError("ValidationError", message);
export const invalidNextToken = () => new AwsError("InvalidNextToken", "The next token specified is invalid.");
export const alarmNotFound = (message = "") => new AwsError("ResourceNotFound", message, 404);
export const dashboardNotFound = (name: string) => new AwsError("ResourceNotFound", `Dashboard ${name} does not exist`, 404);
export const resourceNotFound = () => new AwsError("ResourceNotFoundException", "Unknown", 404);
/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);
