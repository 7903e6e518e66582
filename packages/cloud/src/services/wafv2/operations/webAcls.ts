/** CreateWebACL, GetWebACL, UpdateWebACL, DeleteWebACL, ListWebACLs, CheckCapacity. */
import type { WebACL } from "@aws-sdk/client-wafv2";
import type { Input } from "../../../aws.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { associatedItem, invalidParameter, refused } from "../errors.ts";
import { changeItem, checkScope, findByArn, findItem, keepItem, listItems, newItem, removeItem, type Scope, summaryOf } from "../items.ts";
import { wantedFirewalls } from "../../../runtime/firewall/firewall.ts";
import { presentAssociations, replaceFirewalls } from "../placement.ts";
import { labelPrefix } from "../references.ts";
import { loggingConfigurations, forgetConfigurations } from "../request-log.ts";
import { checkDefaultAction, checkRules, checkVisibility, type RuleOwner } from "../rule-check.ts";
import { readRules, storedRules } from "../stored-rules.ts";
import type { StoredAcl } from "../things.ts";

type Contents = Pick<
  Input<"wafv2", "UpdateWebACL">,
  | "DefaultAction"
  | "Rules"
  | "VisibilityConfig"
  | "CustomResponseBodies"
  | "CaptchaConfig"
  | "ChallengeConfig"
  | "TokenDomains"
  | "AssociationConfig"
  | "DataProtectionConfig"
  | "OnSourceDDoSProtectionConfig"
>;

/** What a web ACL consists of, checked. */
function contentsOf(input: Contents, context: OperationContext, scope: Scope) {
  if (input.DataProtectionConfig) throw refused("data protection of web ACLs");
  if (input.OnSourceDDoSProtectionConfig) throw refused("protection against denial of service at the load balancer");
  if (input.AssociationConfig?.RequestBody && Object.keys(input.AssociationConfig.RequestBody).length > 0 && scope === "REGIONAL") {
    // On AWS too it is for CloudFront, API Gateway and others, and not for load balancers.
    for (const limit of Object.values(input.AssociationConfig.RequestBody)) {
      if (!/^KB_(?:16|32|48|64)$/u.test(limit.DefaultSizeInspectionLimit ?? ""))
        throw invalidParameter("The size limit is not valid.", "ASSOCIATED_RESOURCE_TYPE", "RequestBody");
    }
  }
  const owner: RuleOwner = { context, kind: "webacl", scope, bodies: input.CustomResponseBodies };
  checkVisibility(input.VisibilityConfig);
  checkDefaultAction(input.DefaultAction, owner);
  const rules = input.Rules ?? [];
  const capacity = checkRules(rules, owner);
  const { CaptchaConfig, ChallengeConfig, TokenDomains, AssociationConfig } = input;
  return {
    defaultAction: input.DefaultAction!,
    rules: storedRules(rules),
    visibility: input.VisibilityConfig!,
    capacity,
    ...(input.CustomResponseBodies && { customResponseBodies: input.CustomResponseBodies }),
    recorded: {
      ...(CaptchaConfig && { CaptchaConfig }),
      ...(ChallengeConfig && { ChallengeConfig }),
      ...(TokenDomains && { TokenDomains }),
      ...(AssociationConfig && { AssociationConfig }),
    },
  };
}

export const createWebAcl = operation("wafv2", "CreateWebACL", (input, context) => {
  const item = newItem(context, "webacl", input);
  const acl: StoredAcl = { ...item, ...contentsOf(input, context, item.scope) };
  keepItem(context, "webacl", acl);
  return { Summary: summaryOf(acl) };
});

export function shownAcl(acl: StoredAcl, account: string): WebACL {
  return {
    Name: acl.name,
    Id: acl.id,
    ARN: acl.arn,
    DefaultAction: acl.defaultAction,
    Description: acl.description,
    Rules: readRules(acl.rules),
    VisibilityConfig: acl.visibility,
    Capacity: acl.capacity,
    ManagedByFirewallManager: false,
    RetrofittedByFirewallManager: false,
    LabelNamespace: labelPrefix(account, "webacl", acl.name),
    ...(acl.customResponseBodies && { CustomResponseBodies: acl.customResponseBodies }),
    ...acl.recorded,
  };
}

export const getWebAcl = operation("wafv2", "GetWebACL", (input, context) => {
  const byArn = input.ARN === undefined ? undefined : findByArn<StoredAcl>(context, "webacl", input.ARN);
  const acl = byArn ?? findItem<StoredAcl>(context, "webacl", input.ARN === undefined ? input : { Scope: "REGIONAL" });
  return { WebACL: shownAcl(acl, context.account), LockToken: acl.lockToken };
});

export const updateWebAcl = operation("wafv2", "UpdateWebACL", async (input, context) => {
  const acl = findItem<StoredAcl>(context, "webacl", input);
  const contents = contentsOf(input, context, acl.scope);
  const { customResponseBodies: _, ...rest } = acl;
  const answer = changeItem<StoredAcl>(context, "webacl", rest, input.LockToken, { description: input.Description ?? "", ...contents });
  await replaceFirewalls(context.cloud, context.region);
  return answer;
});

export const deleteWebAcl = operation("wafv2", "DeleteWebACL", async (input, context) => {
  const acl = findItem<StoredAcl>(context, "webacl", input);
  if ((await presentAssociations(context.cloud, context.region, acl.arn)).length > 0) throw associatedItem();
  if (wantedFirewalls(context.cloud).some(([, wanted]) => wanted === acl.arn)) throw associatedItem();
  context.cloud.store.transaction(() => {
    removeItem(context, "webacl", acl, input.LockToken);
    loggingConfigurations(context.cloud).delete(context.region, acl.arn);
  });
  forgetConfigurations(context.cloud);
  return {};
});

export const listWebAcls = operation("wafv2", "ListWebACLs", (input, context) => {
  const { summaries, ...page } = listItems(context, "webacl", input);
  return { WebACLs: summaries, ...page };
});

export const checkCapacity = operation("wafv2", "CheckCapacity", (input, context) => {
  const scope = checkScope(input.Scope, context.region);
  return { Capacity: checkRules(input.Rules ?? [], { context, kind: "webacl", scope, bodies: undefined }) };
});
