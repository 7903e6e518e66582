/** Credentials of a user from elsewhere: what is asked is checked, and refused by name, as no policy is evaluated for such a user here. */
import { checkConstraints } from "../../../constraints.ts";
import { notServed } from "../../../cloud.ts";
import { operation } from "../../../service.ts";

export const getFederationToken = operation("sts", "GetFederationToken", ({ Name, DurationSeconds, Policy, PolicyArns }) => {
  checkConstraints("ValidationError", {
    name: [Name, { length: [2, 32], pattern: "[\\w+=,.@-]*" }],
    durationSeconds: [DurationSeconds, { range: [900, 129_600] }],
    policy: [Policy, { length: [1, 2048] }],
    policyArns: [PolicyArns, { length: [0, 10] }],
  });
  throw notServed("sts", "GetFederationToken");
});
