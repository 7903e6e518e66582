/** Says whose credentials signed the call. */
import { operation } from "../../../service.ts";

export const getCallerIdentity = operation("sts", "GetCallerIdentity", (_input, { principal }) => ({
  UserId: principal.kind === "service" ? principal.service : principal.userId,
  Account: principal.account,
  Arn: principal.arn,
}));
