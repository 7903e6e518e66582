/** The execution role of a function, assumed as `lambda.amazonaws.com`. */
import { AwsError } from "../../aws-error.ts";
import { mayAssume, roleByArn, sessionOf } from "../../identity/assume-role.ts";
import { issueRoleCredentials } from "../../identity/credentials.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type LambdaFunction, type Place } from "./function.ts";

export function roleOf({ cloud, account, region }: Place, roleArn: string) {
  const role = roleByArn(cloud, roleArn);
  return role && mayAssume(cloud, role, servicePrincipal(account, "lambda.amazonaws.com"), region) ? role : undefined;
}

/** Its session, and keys for it. Throws AccessDenied when the role is gone, or does not trust Lambda any more. */
export function sessionFor(place: Place, { roleArn, name, timeoutSeconds }: LambdaFunction) {
  const role = roleOf(place, roleArn);
  if (!role) {
    throw new AwsError(
      "AccessDeniedException",
      `The role ${roleArn} is not there, or its trust policy does not name lambda.amazonaws.com.`,
      403,
    );
  }
  const session = sessionOf(place.cloud, role, name);
  return { session, keys: issueRoleCredentials(place.cloud, session, Math.max(3_600, timeoutSeconds)) };
}
