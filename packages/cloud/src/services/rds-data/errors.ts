/** The errors of the RDS Data API, in AWS's words. Source: its API reference, and Amazon Aurora User Guide, "Troubleshooting RDS Data API". */
import { AwsError } from "../../aws-error.ts";
import type { DatabaseError } from "pg";

export const badRequest = (message: string) => new AwsError("BadRequestException", message);
export const clusterNotFound = (arn: string) => new AwsError("DatabaseNotFoundException", `DB cluster ${arn} isn't found.`, 404);
export const notEnabled = (arn: string) =>
  new AwsError("HttpEndpointNotEnabledException", `HttpEndpoint is not enabled for resource ${arn}`);
export const resuming = (arn: string) =>
  new AwsError(
    "DatabaseResumingException",
    `The Aurora DB instance ${arn} is resuming after being auto-paused. Please wait a few seconds and try again.`,
  );
export const unavailable = (arn: string) =>
  new AwsError("DatabaseUnavailableException", `The writer instance of ${arn} isn't available.`, 504);
export const secretUnreadable = (why: string) => new AwsError("SecretsErrorException", why);
export const secretInvalid = (arn: string) =>
  new AwsError("InvalidSecretException", `The secret ${arn} isn't valid: it must be JSON with a username and a password.`);
export const transactionNotFound = (id: string) => new AwsError("TransactionNotFoundException", `Transaction ${id} is not found`, 404);
export const tooLarge = () => new AwsError("DatabaseErrorException", "Database returned more than the allowed response size limit");
export const timedOut = (processId: number) =>
  new AwsError("StatementTimeoutException", "Request timed out", 400, { dbConnectionId: processId });
export const manyStatements = () => new AwsError("ValidationException", "Multistatements aren't supported.");

/** PostgreSQL's own error as the Data API hands it on: words, detail, hint, position and SQLSTATE. */
export function databaseError({ severity = "ERROR", message, detail, hint, position, code }: Partial<DatabaseError>): AwsError {
  const parts = [
    `${severity}: ${message}`,
    ...(detail ? [`Detail: ${detail}`] : []),
    ...(hint ? [`Hint: ${hint}`] : []),
    ...(position ? [`Position: ${position}`] : []),
    ...(code ? [`SQLState: ${code}`] : []),
  ];
  return new AwsError("DatabaseErrorException", parts.join("; "));
}
