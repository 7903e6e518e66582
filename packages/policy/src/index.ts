/** Who can reach what, and what is unsafe, in CloudFormation templates of any origin. Pure: no input, no output. */
export type * from "./system.ts";
export { factsOf, type Facts, type Resource } from "./facts.ts";
export {
  reachOf,
  type BrokenNever,
  type Hop,
  type PairAnswer,
  type PermissionText,
  type Reach,
  type Reachability,
  type Reached,
} from "./reach/reachability.ts";
export { check, passes, type CheckReport, type Finding } from "./check.ts";
export { rules } from "./rules/index.ts";
export type { Rule, Severity } from "./rule.ts";
