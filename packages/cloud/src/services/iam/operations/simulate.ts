/** The policy simulator: the same evaluation as every call goes through, shown with the statements that decided. */
import type { ContextEntry, EvaluationResult } from "@aws-sdk/client-iam";
import { type OperationContext, operation } from "../../../service.ts";
import { roleByArn } from "../../../identity/assume-role.ts";
import { type ConditionKeys } from "../../../identity/conditions.ts";
import { allConditionKeys } from "../../../identity/condition-keys.ts";
import { groups, users } from "../../../identity/entities.ts";
import { evaluate, type NamedPolicy, type PolicySet } from "../../../identity/evaluate.ts";
import { parsePolicy } from "../../../identity/policy.ts";
import { policiesOf, rolePolicySet, userPolicySet } from "../../../identity/policy-set.ts";
import type { Principal } from "../../../identity/principal.ts";
import { rootPrincipal } from "../../../identity/principal.ts";
import { sessionOf } from "../../../identity/assume-role.ts";
import { invalidInput, noSuchEntity } from "../errors.ts";
import { check } from "../names.ts";
import { page } from "../pages.ts";
import { checkIdentityPolicy } from "../policy-document.ts";

interface SimulateInput {
  PolicyInputList?: readonly string[] | undefined;
  PermissionsBoundaryPolicyInputList?: readonly string[] | undefined;
  ActionNames?: readonly string[] | undefined;
  ResourceArns?: readonly string[] | undefined;
  ResourcePolicy?: string | undefined;
  CallerArn?: string | undefined;
  ContextEntries?: readonly ContextEntry[] | undefined;
  MaxItems?: number | undefined;
  Marker?: string | undefined;
}

/** Policies given in the input, named as AWS names them: `PolicyInputList.1`. */
function given(list: readonly string[] | undefined, type: "identity" | "boundary", label: string): NamedPolicy[] {
  return (list ?? []).map((document, index) => {
    try {
      checkIdentityPolicy(document);
    } catch (error) {
      throw invalidInput(`Invalid Policy ${label}.${index + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return { name: `${label}.${index + 1}`, type, policy: parsePolicy(document) };
  });
}

function simulate(context: OperationContext, input: SimulateInput, policies: PolicySet, principal: Principal) {
  for (const [index, action] of input.ActionNames!.entries()) {
    check({ [`actionNames.${index + 1}.member`]: [action, { length: [3, 128] }] });
    if (!/^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action)) throw invalidInput(`Invalid Action: ${action}`);
  }
  const boundaries = given(input.PermissionsBoundaryPolicyInputList, "boundary", "PermissionsBoundaryPolicyInputList");
  const set: PolicySet = {
    identity: [...policies.identity, ...given(input.PolicyInputList, "identity", "PolicyInputList")],
    boundary: boundaries[0] ?? policies.boundary,
  };
  const keys = keysOf(context, principal, input.ContextEntries ?? []);
  const resourcePolicy =
    input.ResourcePolicy === undefined
      ? undefined
      : { policy: { name: "ResourcePolicy", type: "resource" as const, policy: parsePolicy(input.ResourcePolicy) }, principal };
  const results = input.ActionNames!.flatMap((action) =>
    (input.ResourceArns?.length ? input.ResourceArns : ["*"]).map((resource) => resultOf(set, { action, resource, keys }, resourcePolicy)),
  );
  const numbered = results.map((result, index) => ({ result, key: String(index).padStart(6, "0") }));
  const { items, rest } = page(numbered, input, `simulation ${JSON.stringify(input.ActionNames)}`, ({ key }) => key);
  return { EvaluationResults: items.map(({ result }) => result), ...rest };
}

function resultOf(
  set: PolicySet,
  asked: { action: string; resource: string; keys: ConditionKeys },
  resourcePolicy: Parameters<typeof evaluate>[2],
): EvaluationResult {
  const decision = evaluate(set, asked, resourcePolicy);
  const all = [...set.identity, ...(set.boundary ? [set.boundary] : [])].flatMap(({ policy }) => policy.statements);
  const missing = new Set(
    all.flatMap(({ conditions }) =>
      conditions.filter(({ operator, key }) => operator !== "Null" && !asked.keys.has(key)).map(({ key }) => key),
    ),
  );
  return {
    EvalActionName: asked.action,
    EvalResourceName: asked.resource,
    EvalDecision: decision.outcome,
    MatchedStatements: decision.matched.map(({ policy }) => ({
      SourcePolicyId: policy.name,
      SourcePolicyType: policy.type === "resource" ? ("Resource Policy" as "resource") : ("IAM Policy" as "user"),
    })),
    MissingContextValues: [...missing],
    ...(set.boundary && {
      PermissionsBoundaryDecisionDetail: {
        AllowedByPermissionsBoundary: !(decision.outcome !== "allowed" && decision.by === "permissions boundary"),
      },
    }),
  };
}

/** A simulation knows the keys of the caller and those that it is given; there is no request to take others from. */
function keysOf(context: OperationContext, principal: Principal, entries: readonly ContextEntry[]): ConditionKeys {
  const keys = allConditionKeys(context, principal);
  for (const name of ["aws:sourceip", "aws:securetransport", "aws:requestedregion"]) keys.delete(name);
  for (const { ContextKeyName: name = "", ContextKeyValues: values = [] } of entries) keys.set(name.toLowerCase(), values);
  return keys;
}

function principalOf(context: OperationContext, arn: string): { principal: Principal; policies: PolicySet } {
  const { cloud, account } = context;
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const role = roleByArn(cloud, arn);
  if (role) return { principal: sessionOf(cloud, role, "simulation"), policies: rolePolicySet(cloud, role.name) };
  const user = users(cloud).get(name);
  if (user?.arn === arn)
    return { principal: { kind: "user", account, arn, userId: user.id, userName: user.name }, policies: userPolicySet(cloud, user.name) };
  const group = groups(cloud).get(name);
  if (group?.arn === arn) return { principal: rootPrincipal(account), policies: { identity: policiesOf(cloud, group, "group") } };
  if (!/^arn:aws[a-z-]*:iam::\d{12}:(role|user|group)\/.+$/.test(arn)) throw invalidInput(`Invalid Entity Arn: ${arn}`);
  throw noSuchEntity(`Entity with arn ${arn} cannot be found.`);
}

export const simulatePrincipalPolicy = operation("iam", "SimulatePrincipalPolicy", (input, context) => {
  const { principal, policies } = principalOf(context, input.PolicySourceArn!);
  const caller = input.CallerArn === undefined ? principal : principalOf(context, input.CallerArn).principal;
  return simulate(context, input, policies, caller);
});

export const simulateCustomPolicy = operation("iam", "SimulateCustomPolicy", (input, context) => {
  const caller = input.CallerArn === undefined ? context.principal : principalOf(context, input.CallerArn).principal;
  return simulate(context, input, { identity: [] }, caller);
});

/** The condition keys that policies name, and the variables in their resources. */
function keysNamed(documents: readonly string[]): string[] {
  const keys = new Set<string>();
  for (const document of documents) {
    for (const { conditions, resources } of parsePolicy(document).statements) {
      for (const { key, values } of conditions) {
        keys.add(key);
        for (const value of values) for (const [, name] of value.matchAll(/\$\{([\w:/-]+)[^}]*\}/g)) keys.add(name!.toLowerCase());
      }
      for (const resource of resources) for (const [, name] of resource.matchAll(/\$\{([\w:/-]+)[^}]*\}/g)) keys.add(name!.toLowerCase());
    }
  }
  return [...keys];
}

export const getContextKeysForCustomPolicy = operation("iam", "GetContextKeysForCustomPolicy", (input) => {
  given(input.PolicyInputList, "identity", "PolicyInputList");
  return { ContextKeyNames: keysNamed(input.PolicyInputList!) };
});
