/** The errors of Route 53, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const invalidInput = (message: string) => new AwsError("InvalidInput", message);
export const invalidDomainName = (message: string) => new AwsError("InvalidDomainName", message);
/** All that is wrong with a batch of changes, as one list. */
export const invalidChangeBatch = (messages: readonly string[]) => new AwsError("InvalidChangeBatch", `[${messages.join(", ")}]`);
export const noSuchHostedZone = (id: string) => new AwsError("NoSuchHostedZone", `No hosted zone found with ID: ${id}`, 404);
export const noSuchHealthCheck = (id: string) => new AwsError("NoSuchHealthCheck", `A health check with id ${id} does not exist.`, 404);
export const noSuchChange = (id: string) => new AwsError("NoSuchChange", `A change with id ${id} does not exist.`, 404);
export const noSuchDelegationSet = (id: string) => new AwsError("NoSuchDelegationSet", `A delegation set with id ${id} does not exist.`);
