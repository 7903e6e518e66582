/** The errors of EventBridge, in AWS's words. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints, type Constrained } from "../../constraints.ts";

export const validation = (message: string) => new AwsError("ValidationException", message);
export const invalidParameter = (name: string, reason?: string) =>
  validation(`Parameter ${name} is not valid.${reason === undefined ? "" : ` Reason: ${reason}`}`);
export const invalidPattern = (reason: string) =>
  new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);
export const illegalStatus = (message: string) => new AwsError("IllegalStatusException", message);
export const limitExceeded = (message: string) => new AwsError("LimitExceededException", message);

const notFound = (message: string) => new AwsError("ResourceNotFoundException", message);
const exists = (message: string) => new AwsError("ResourceAlreadyExistsException", message);

export const busNotFound = (name: string) => notFound(`Event bus ${name} does not exist.`);
export const busExists = (name: string) => exists(`Event bus ${name} already exists.`);
export const eventSourceNotFound = (name: string) => notFound(`Event source ${name} does not exist.`);
export const ruleNotFound = (name: string, bus: string) => notFound(`Rule ${name} does not exist on EventBus ${bus}.`);
export const noPolicy = () => notFound("EventBus does not have a policy.");
export const statementNotFound = () => notFound("Statement with the provided id does not exist.");
export const archiveNotFound = (name: string) => notFound(`Archive ${name} does not exist.`);
export const archiveExists = (name: string) => exists(`Archive ${name} already exists.`);
export const replayNotFound = (name: string) => notFound(`Replay ${name} does not exist.`);
export const replayExists = (name: string) => exists(`Replay ${name} already exists.`);
export const connectionNotFound = (name: string) => notFound(`Connection '${name}' does not exist.`);
export const connectionExists = (name: string) => exists(`Connection ${name} already exists.`);
export const destinationNotFound = (name: string) => notFound(`An api-destination '${name}' does not exist.`);
export const destinationExists = (name: string) => exists(`An api-destination '${name}' already exists.`);
export const invalidNextToken = () => validation("The NextToken you provided is not valid.");

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);

export const check = (members: Constrained) => checkConstraints("ValidationException", members);
