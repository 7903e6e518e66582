/** Parameter Store's errors, in AWS's codes and words. */
import { AwsError } from "../../aws-error.ts";

export const validation = (message: string) => new AwsError("ValidationException", message);

export const parameterNotFound = (name: string) => new AwsError("ParameterNotFound", `Parameter ${name} not found.`);

export const parameterVersionNotFound = (name: string, version: number | string) =>
  new AwsError(
    "ParameterVersionNotFound",
    typeof version === "number" || /^\d+$/.test(version)
      ? `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`
      : `Systems Manager could not find label ${version} for parameter ${name}. Verify the label and try again.`,
  );

export const parameterAlreadyExists = () =>
  new AwsError(
    "ParameterAlreadyExists",
    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
  );

export const hierarchyTypeMismatch = () =>
  new AwsError(
    "HierarchyTypeMismatchException",
    "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
  );

export const hierarchyLevelLimit = () =>
  new AwsError(
    "HierarchyLevelLimitExceededException",
    "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.",
  );

export const patternMismatch = (pattern: string) =>
  new AwsError("ParameterPatternMismatchException", `Parameter value, cannot be validated against allowedPattern: ${pattern}`);

export const invalidPattern = () =>
  new AwsError("InvalidAllowedPatternException", "The request does not meet the regular expression requirement.");

export const maxVersionLimit = (name: string, oldest: number) =>
  new AwsError(
    "ParameterMaxVersionLimitExceeded",
    `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
  );

export const labelLimit = () =>
  new AwsError(
    "ParameterVersionLabelLimitExceeded",
    "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.",
  );

export const invalidPolicyType = () =>
  new AwsError(
    "InvalidPolicyTypeException",
    "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.",
  );

export const invalidResourceType = () =>
  new AwsError(
    "InvalidResourceType",
    "The resource type is not valid. For example, if you are attempting to tag an EC2 instance, the instance must be a registered managed node.",
  );

export const invalidResourceId = () =>
  new AwsError("InvalidResourceId", "The resource ID is not valid. Verify that you entered the correct ID and try again.");

export const invalidNextToken = () => new AwsError("InvalidNextToken", "The specified token is not valid.");
