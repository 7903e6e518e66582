/** The errors of SQS, in AWS's words. Those that its model names are sent under both their names, the old one of the query protocol and the new. */
import { AwsError } from "../../aws-error.ts";

/** A value that AWS would not take, where its message is a sentence of its own. */
export const invalidValue = (message: string) => new AwsError("InvalidParameterValue", message);
/** `Value X for parameter Y is invalid. Reason: …` */
export const invalidParameter = (value: unknown, parameter: string, reason: string) =>
  invalidValue(`Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
export const missingParameter = (name: string) => new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);
/** The same of an entry in a batch, which has another code on AWS. */
export const missingInEntry = (name: string) => invalidValue(`The request must contain the parameter ${name}.`);
export const unknownAttribute = (name: string) => new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
export const invalidAttributeName = (message: string) => new AwsError("InvalidAttributeName", message);
export const invalidAttributeValue = (name: string) => new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);

export const fixedKind = () =>
  new AwsError("InvalidAttributeValue", "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.");

export const queueNotFound = () => new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
export const queueExists = (attribute: string) =>
  new AwsError("QueueNameExists", `A queue already exists with the same name and a different value for attribute ${attribute}`);
export const deletedRecently = () =>
  new AwsError("QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.");
export const purgeInProgress = (name: string) =>
  new AwsError("PurgeQueueInProgress", `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`, 403);
export const invalidAddress = (url: string) => new AwsError("InvalidAddress", `The address ${url} is not valid for this endpoint.`, 404);
export const resourceNotFound = (parameter: string) =>
  new AwsError("ResourceNotFoundException", `The resource that you specified for the ${parameter} parameter doesn't exist.`, 404);
export const overLimit = (message: string) => new AwsError("OverLimit", message, 403);

export const invalidReceipt = (handle: string) =>
  new AwsError("ReceiptHandleIsInvalid", `The input receipt handle "${handle}" is not a valid receipt handle.`, 404);
export const expiredReceipt = (handle: string) => invalidParameter(handle, "ReceiptHandle", "The receipt handle has expired.");
export const notInFlight = (handle: string) =>
  invalidParameter(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.");
