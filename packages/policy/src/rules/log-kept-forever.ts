/** Logs are kept for a time that somebody chose. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::Logs::LogGroup"];

export const rule: Rule = {
  id: "log-kept-forever",
  severity: "low",
  controls: ["CloudWatch.16"],
  types,
  reason: "It grows for ever, and is paid for.",
  remedy: "Set RetentionInDays; FSBP asks for a year: in the app logs: { retain }.",
  find: each(types, ({ properties }) => properties["RetentionInDays"] === undefined && "it is never emptied"),
};
