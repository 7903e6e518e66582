/** What is published is meant to be. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECR::PublicRepository"];

/** What people who find it are told of it: without that it is hardly meant for them. */
const described = (data: unknown): boolean =>
  typeof data === "object" && data !== null && ["RepositoryDescription", "AboutText", "UsageText"].some((name) => name in data);

export const rule: Rule = {
  id: "repository-public",
  severity: "low",
  controls: [],
  types,
  reason: "Anybody may pull what is pushed there, with all that was built into it, from that moment on.",
  remedy: "Use a private repository, or say in RepositoryCatalogData what it is for.",
  find: each(
    types,
    ({ properties }) => !described(properties["RepositoryCatalogData"]) && "it is public, and says to nobody what it is for",
  ),
};
