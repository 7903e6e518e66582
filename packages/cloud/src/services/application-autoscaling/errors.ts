/** The errors of Application Auto Scaling, in AWS's words. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints, type Constrained } from "../../constraints.ts";
import type { TargetKey } from "./targets.ts";

export const validation = (message: string) => new AwsError("ValidationException", message);
export const invalidNextToken = () => new AwsError("InvalidNextTokenException", "The next token supplied is invalid.");
export const limitExceeded = (message: string) => new AwsError("LimitExceededException", message);
export const resourceNotFound = (arn: string) =>
  new AwsError("ResourceNotFoundException", `The specified resource doesn't exist: ${arn}`, 400, { ResourceName: arn });

const named = ({ namespace, resourceId, dimension }: TargetKey) =>
  `service namespace: ${namespace}, resource ID: ${resourceId}, scalable dimension: ${dimension}`;

export const notRegistered = (key: TargetKey) => new AwsError("ObjectNotFoundException", `No scalable target registered for ${named(key)}`);
export const targetNotFound = (key: TargetKey) => new AwsError("ObjectNotFoundException", `No scalable target found for ${named(key)}`);
export const policyNotFound = (key: TargetKey, name: string) =>
  new AwsError("ObjectNotFoundException", `No scaling policy found for ${named(key)}, policy name: ${name}`);
export const scheduledActionNotFound = (key: TargetKey, name: string) =>
  new AwsError("ObjectNotFoundException", `No scheduled action found for ${named(key)}, scheduled action name: ${name}`);

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);

export const check = (members: Constrained) => checkConstraints("ValidationException", members);
