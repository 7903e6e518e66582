/**
 * The template of the pass out: *deployed ∪ new*. Additions and changes are in it, removals are not, so that every layer
 * still finds what it was given when another layer rolls back. Pure.
 *
 * Also inside what stays, nothing that a running program relies on is taken away: the statements that allow, in roles and
 * policies, and the rules of security groups are the union of both. What is gone for good goes in the pass back.
 */
import { sameValue, type Output, type Resource, type Template } from "@plinth/cloudformation";

/** @param deployed what stands now; `undefined` when the stack is not there yet. */
export function outwardTemplate(deployed: Template | undefined, next: Template): Template {
  if (!deployed) return next;
  const kept = keepDefinitions(deployed, next);
  const resources: Record<string, Resource> = {};
  for (const [id, resource] of Object.entries(next.Resources)) {
    const before = deployed.Resources[id];
    resources[id] = before && before.Type === resource.Type ? withDeployedGrants(kept.rename(before), resource) : resource;
  }
  for (const [id, resource] of Object.entries(deployed.Resources)) {
    if (!Object.hasOwn(next.Resources, id)) resources[id] = kept.rename(resource);
  }
  const outputs: Record<string, Output> = { ...next.Outputs };
  for (const [id, output] of Object.entries(deployed.Outputs ?? {})) {
    if (!Object.hasOwn(outputs, id)) outputs[id] = kept.rename(output);
  }
  return {
    ...next,
    ...section("Parameters", { ...deployed.Parameters, ...next.Parameters }),
    ...section("Mappings", kept.mappings),
    ...section("Conditions", kept.conditions),
    Resources: resources,
    ...section("Outputs", outputs),
  };
}

function section<K extends string, T extends object>(name: K, value: T): { [P in K]?: T } {
  return (Object.keys(value).length > 0 ? { [name]: value } : {}) as { [P in K]?: T };
}

/**
 * Conditions and mappings of both. One whose meaning changes stands twice: the deployed one as `Deployed…`, and what is
 * kept names that.
 */
function keepDefinitions(deployed: Template, next: Template) {
  const mappings = { ...next.Mappings };
  const conditions = { ...next.Conditions };
  const renamed = new Map<string, string>();
  for (const [name, mapping] of Object.entries(deployed.Mappings ?? {})) {
    if (sameValue(mapping, next.Mappings?.[name])) continue;
    const to = next.Mappings && Object.hasOwn(next.Mappings, name) ? `Deployed${name}` : name;
    mappings[to] = mapping;
    renamed.set(name, to);
  }
  for (const name of Object.keys(deployed.Conditions ?? {})) {
    const changed =
      next.Conditions && Object.hasOwn(next.Conditions, name) && !sameValue(deployed.Conditions![name], next.Conditions[name]);
    renamed.set(name, changed ? `Deployed${name}` : name);
  }
  const rename = <T>(value: T): T => renameDefinitions(value, renamed) as T;
  for (const [name, condition] of Object.entries(deployed.Conditions ?? {})) {
    const to = renamed.get(name)!;
    if (!Object.hasOwn(conditions, to)) conditions[to] = rename(condition);
  }
  return { mappings, conditions, rename };
}

function renameDefinitions(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if ([...names].every(([from, to]) => from === to)) return value;
  const visit = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, inner]) => {
        if (key === "Condition" && typeof inner === "string") return [key, names.get(inner) ?? inner];
        if ((key === "Fn::If" || key === "Fn::FindInMap") && Array.isArray(inner) && typeof inner[0] === "string") {
          return [key, [names.get(inner[0]) ?? inner[0], ...inner.slice(1).map(visit)]];
        }
        return [key, visit(inner)];
      }),
    );
  };
  return visit(value);
}

type Properties = Record<string, unknown>;

/** `next`, in which what `deployed` granted still holds. */
function withDeployedGrants(deployed: Resource, next: Resource): Resource {
  const merge = grants[next.Type];
  if (!merge || !deployed.Properties || !next.Properties) return next;
  const merged = merge(deployed.Properties, next.Properties);
  return sameValue(merged, next.Properties) ? next : { ...next, Properties: merged };
}

const grants: Record<string, (deployed: Properties, next: Properties) => Properties> = {
  "AWS::IAM::Role": (deployed, next) =>
    defined({
      ...next,
      Policies: unionOfPolicies(deployed.Policies, next.Policies),
      ManagedPolicyArns: unionOfLists(deployed.ManagedPolicyArns, next.ManagedPolicyArns),
      AssumeRolePolicyDocument: unionOfDocuments(deployed.AssumeRolePolicyDocument, next.AssumeRolePolicyDocument),
    }),
  "AWS::IAM::Policy": (deployed, next) => ({ ...next, PolicyDocument: unionOfDocuments(deployed.PolicyDocument, next.PolicyDocument) }),
  "AWS::IAM::ManagedPolicy": (deployed, next) => ({
    ...next,
    PolicyDocument: unionOfDocuments(deployed.PolicyDocument, next.PolicyDocument),
  }),
  "AWS::EC2::SecurityGroup": (deployed, next) =>
    defined({
      ...next,
      SecurityGroupIngress: unionOfLists(deployed.SecurityGroupIngress, next.SecurityGroupIngress),
      SecurityGroupEgress: unionOfLists(deployed.SecurityGroupEgress, next.SecurityGroupEgress),
    }),
};

const defined = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));

function unionOfLists(deployed: unknown, next: unknown): unknown {
  if (!Array.isArray(deployed) || deployed.length === 0) return next;
  if (next === undefined) return deployed;
  if (!Array.isArray(next)) return next;
  return [...next, ...deployed.filter((one) => !next.some((other) => sameValue(one, other)))];
}

function unionOfPolicies(deployed: unknown, next: unknown): unknown {
  if (!Array.isArray(deployed) || deployed.length === 0) return next;
  const policies: unknown[] = Array.isArray(next) ? next : [];
  const nameOf = (policy: unknown) => (policy as { PolicyName?: unknown }).PolicyName;
  const sameName = (policy: unknown) => policies.find((other) => sameValue(nameOf(policy), nameOf(other)));
  return [
    ...policies.map((policy) => {
      const before = deployed.find((one: unknown) => sameValue(nameOf(one), nameOf(policy))) as Properties | undefined;
      const after = policy as Properties;
      return before ? { ...after, PolicyDocument: unionOfDocuments(before.PolicyDocument, after.PolicyDocument) } : policy;
    }),
    ...deployed.filter((policy) => !sameName(policy)),
  ];
}

/** Statements that deny are the new ones only: an old denial would stop the new program. */
function unionOfDocuments(deployed: unknown, next: unknown): unknown {
  if (typeof deployed !== "object" || deployed === null || typeof next !== "object" || next === null) return next;
  const statementsOf = (document: object): unknown[] => {
    const statement = (document as { Statement?: unknown }).Statement;
    return Array.isArray(statement) ? statement : statement === undefined ? [] : [statement];
  };
  const statements = statementsOf(next);
  const allowed = statementsOf(deployed).filter(
    (one) => (one as { Effect?: unknown }).Effect === "Allow" && !statements.some((other) => sameValue(one, other)),
  );
  return allowed.length === 0 ? next : { ...next, Statement: [...statements, ...allowed] };
}

/** Whether the pass back has something to take away after `outward` was deployed. */
export function leavesSomething(outward: Template, next: Template): boolean {
  return !sameValue(outward, next);
}

/** The parameters that a template names but does not get in this pass: they keep the value that they have. */
export function keptParameters(outward: Template, next: Template): string[] {
  return Object.keys(outward.Parameters ?? {}).filter((name) => !Object.hasOwn(next.Parameters ?? {}, name));
}
