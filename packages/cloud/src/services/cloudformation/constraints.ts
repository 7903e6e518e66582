/** Lengths, patterns and closed lists of CloudFormation's inputs, as its API reference gives them. */
import { constraintError } from "./errors.ts";

export interface Constraint {
  pattern?: RegExp;
  /** As AWS quotes it, where that is not the pattern's source. */
  minLength?: number;
  maxLength?: number;
  values?: readonly string[];
  /** Bounds of a number. */
  minimum?: number;
  maximum?: number;
}

/** @throws ValidationError */
export function check(
  member: string,
  value: string | number | undefined,
  { pattern, minLength, maxLength, values, minimum, maximum }: Constraint,
): void {
  if (value === undefined) return;
  if (typeof value === "number") {
    if (minimum !== undefined && value < minimum)
      throw constraintError(member, value, `Member must have value greater than or equal to ${minimum}`);
    if (maximum !== undefined && value > maximum)
      throw constraintError(member, value, `Member must have value less than or equal to ${maximum}`);
    return;
  }
  if (minLength !== undefined && value.length < minLength)
    throw constraintError(member, value, `Member must have length greater than or equal to ${minLength}`);
  if (maxLength !== undefined && value.length > maxLength)
    throw constraintError(member, value, `Member must have length less than or equal to ${maxLength}`);
  if (pattern && !new RegExp(`^(?:${pattern.source})$`, "s").test(value)) {
    throw constraintError(member, value, `Member must satisfy regular expression pattern: ${pattern.source}`);
  }
  if (values && !values.includes(value)) throw constraintError(member, value, `Member must satisfy enum value set: [${values.join(", ")}]`);
}

export const stackName: Constraint = { pattern: /[a-zA-Z][-a-zA-Z0-9]*/, minLength: 1, maxLength: 128 };
export const stackNameOrId: Constraint = {
  // As AWS quotes it; its service model has a longer one.
  pattern: /[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*/,
  minLength: 1,
};
export const changeSetName: Constraint = { pattern: /[a-zA-Z][-a-zA-Z0-9]*/, minLength: 1, maxLength: 128 };
export const clientRequestToken: Constraint = { pattern: /[a-zA-Z0-9][-a-zA-Z0-9]*/, minLength: 1, maxLength: 128 };
export const roleArn: Constraint = { minLength: 20, maxLength: 2048 };
export const onFailure: Constraint = { values: ["DO_NOTHING", "ROLLBACK", "DELETE"] };
export const timeoutInMinutes: Constraint = { minimum: 1 };
export const description: Constraint = { minLength: 1, maxLength: 1024 };
