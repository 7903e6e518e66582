/** Proxies of databases do not write statements into their log. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBProxy"];

export const rule: Rule = {
  id: "proxy-debug-log",
  severity: "medium",
  controls: [],
  types,
  reason: "Statements, with the data that stands in them, lie in a log that more people read than the database.",
  remedy: "Leave out DebugLogging; switch it on by hand for as long as a fault is looked for.",
  find: each(types, ({ properties }) => isTrue(properties["DebugLogging"]) && "DebugLogging is set"),
};
