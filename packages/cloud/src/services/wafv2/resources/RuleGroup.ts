/** AWS::WAFv2::RuleGroup. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { resource } from "../../../resource.ts";
import { createInput, ownSummary, partsOf, physicalIdOf, retag, unlessGone, updateInput } from "./named.ts";
import { apiRules } from "./rules.ts";

type Contents = Input<"wafv2", "CreateRuleGroup">;
type Properties = ResourceProperties["AWS::WAFv2::RuleGroup"];

export const ruleGroup = resource("AWS::WAFv2::RuleGroup", {
  coverage: {
    real: ["Capacity", "CustomResponseBodies", "Description", "Name", "Rules", "Scope", "Tags", "VisibilityConfig"],
    recorded: ["AvailableLabels", "ConsumedLabels"],
    refused: { MonetizationConfig: "nothing is sold in the embedded cloud" },
    note: "Statements and actions that are refused are named by the operation.",
  },
  async create(request) {
    const input = createInput(request, { Capacity: request.properties.Capacity, ...contents(request.properties) });
    const { Summary } = await request.call("wafv2", "CreateRuleGroup", input);
    return made(request.account, Summary!, request.properties.Scope);
  },
  async find(request) {
    const scope = request.properties.Scope as "REGIONAL";
    const found = await ownSummary(request, async (NextMarker) => {
      const page = await request.call("wafv2", "ListRuleGroups", { Scope: scope, NextMarker });
      return { summaries: page.RuleGroups, NextMarker: page.NextMarker };
    });
    return found && made(request.account, found, scope);
  },
  async update(request) {
    const { RuleGroup, LockToken } = await request.call("wafv2", "GetRuleGroup", partsOf(request.physicalId));
    await request.call("wafv2", "UpdateRuleGroup", updateInput(request, LockToken, contents(request.properties)));
    await retag(request, RuleGroup!.ARN!);
    return made(request.account, RuleGroup!, request.properties.Scope);
  },
  async delete({ call, physicalId }) {
    const found = await call("wafv2", "GetRuleGroup", partsOf(physicalId)).catch(unlessGone);
    if (found) await call("wafv2", "DeleteRuleGroup", { ...partsOf(physicalId), LockToken: found.LockToken! });
  },
});

const contents = ({ Rules, VisibilityConfig: visibility, CustomResponseBodies }: Properties) => ({
  Rules: apiRules(Rules) as NonNullable<Contents["Rules"]>,
  VisibilityConfig: visibility as Contents["VisibilityConfig"],
  ...(CustomResponseBodies && { CustomResponseBodies: CustomResponseBodies as NonNullable<Contents["CustomResponseBodies"]> }),
});

const made = (
  account: string,
  { Name, Id, ARN }: { Name?: string | undefined; Id?: string | undefined; ARN?: string | undefined },
  scope: string,
) => ({
  physicalId: physicalIdOf(Name!, Id!, scope),
  attributes: { Arn: ARN!, Id: Id!, LabelNamespace: `awswaf:${account}:rulegroup:${Name!}:` },
});
