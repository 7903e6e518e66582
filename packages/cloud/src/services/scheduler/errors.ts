/** The errors of EventBridge Scheduler, in AWS's words. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints, type Constrained } from "../../constraints.ts";

export const validation = (message: string) => new AwsError("ValidationException", message);
export const scheduleNotFound = (name: string) => new AwsError("ResourceNotFoundException", `Schedule ${name} does not exist.`, 404);
export const groupNotFound = (name: string) => new AwsError("ResourceNotFoundException", `Schedule group ${name} does not exist.`, 404);
export const scheduleExists = (name: string) => new AwsError("ConflictException", `Schedule ${name} already exists.`, 409);
export const groupExists = (name: string) => new AwsError("ConflictException", `Schedule group ${name} already exists.`, 409);
export const invalidExpression = (text: string) => validation(`Invalid Schedule Expression ${text}.`);
export const invalidNextToken = () => validation("The NextToken you provided is not valid.");
export const roleNotAssumable = () => validation("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);

export const check = (members: Constrained) => checkConstraints("ValidationException", members);
