/** The errors of AWS WAF, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const nonexistentItem = () =>
  new AwsError("WAFNonexistentItemException", "AWS WAF couldn’t perform the operation because your resource doesn’t exist.");
export const duplicateItem = () =>
  new AwsError(
    "WAFDuplicateItemException",
    "AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.",
  );
export const optimisticLock = () =>
  new AwsError(
    "WAFOptimisticLockException",
    "AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.",
  );
export const associatedItem = () =>
  new AwsError(
    "WAFAssociatedItemException",
    "AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.",
  );
export const limitsExceeded = () =>
  new AwsError("WAFLimitsExceededException", "AWS WAF couldn’t perform the operation because you exceeded your resource limit.");
export const invalidPermissionPolicy = () =>
  new AwsError("WAFInvalidPermissionPolicyException", "The operation failed because the specified policy isn't in the proper format.");
export const logDestinationPermission = () =>
  new AwsError(
    "WAFLogDestinationPermissionIssueException",
    "Unable to deliver logs to the configured destination. You might need to grant log delivery permissions for the destination. If you're using S3 as your log destination, you might have exceeded your bucket limit.",
  );

export const invalidParameter = (reason: string, field: string, parameter: string) =>
  new AwsError("WAFInvalidParameterException", `Error reason: ${reason}, field: ${field}, parameter: ${parameter}`, 400, {
    Field: field,
    Parameter: parameter,
    Reason: reason,
  });

/** Of a union in which one member has to be given. */
export const exactlyOne = (field: string, parameter: string) =>
  invalidParameter("You have used none or multiple values for a field that requires exactly one value.", field, parameter);

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; services/wafv2/README.md lists what it does.`, 501);
