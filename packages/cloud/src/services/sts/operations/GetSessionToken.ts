/** Temporary credentials of the calling user, or of the root. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { issueTemporary } from "../../../identity/credentials.ts";
import { operation } from "../../../service.ts";
import { answerCredentials } from "../credentials.ts";

const longestOfRootSeconds = 3600;
const defaultSeconds = 43_200;

export const getSessionToken = operation("sts", "GetSessionToken", ({ DurationSeconds, SerialNumber, TokenCode }, context) => {
  checkConstraints("ValidationError", { durationSeconds: [DurationSeconds, { range: [900, 129_600] }] });
  if (SerialNumber !== undefined || TokenCode !== undefined) {
    throw new AwsError("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403);
  }
  const { principal, cloud } = context;
  if (principal.kind === "assumed-role") throw new AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403);
  const wanted = DurationSeconds ?? defaultSeconds;
  const seconds = principal.kind === "root" ? Math.min(wanted, longestOfRootSeconds) : wanted;
  return { Credentials: answerCredentials(issueTemporary(cloud, principal, seconds)) };
});
