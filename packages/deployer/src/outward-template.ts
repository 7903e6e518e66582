/**
 * The template of the pass out: *deployed ∪ new*. Additions and changes are in it, removals are not, so that every layer
 * still finds what it was given when another layer rolls back. Pure.
 *
 * Also inside what stays, nothing that a running program relies on is taken away: the statements that allow, in roles and
 * policies, and the rules of security groups are the union of both. What is gone for good goes in the pass back.
 */
import { references, renameReferences, sameValue, type Output, type Parameter, type Resource, type Template } from "@plinth/cloudformation";

/**
 * @param deployed what stands now; `undefined` when the stack is not there yet.
 * @param previous the values that parameters have now, of those that get another: what is kept keeps them, as `Deployed…`.
 */
export function outwardTemplate(deployed: Template | undefined, next: Template, previous: Readonly<Record<string, string>> = {}): Template {
  if (!deployed) return next;
  const kept = keepDefinitions(deployed, next, previous);
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
  const conditions = withoutUnused(kept.conditions, next, [resources, outputs]);
  const parameters = { ...deployed.Parameters, ...next.Parameters };
  for (const { name } of references([resources, outputs, conditions])) {
    const parameter = kept.parameters.get(name);
    if (parameter) parameters[name] = parameter;
  }
  return {
    ...next,
    ...section("Parameters", parameters),
    ...section("Mappings", kept.mappings),
    ...section("Conditions", conditions),
    Resources: resources,
    ...section("Outputs", outputs),
  };
}

/** Without the conditions that are there for what is kept, where nothing kept names them. */
function withoutUnused(conditions: Record<string, unknown>, next: Template, users: unknown): Record<string, unknown> {
  const left = { ...conditions };
  for (;;) {
    const named = namedConditions([users, left]);
    const unused = Object.keys(left).filter((name) => !named.has(name) && !Object.hasOwn(next.Conditions ?? {}, name));
    if (unused.length === 0) return left;
    for (const name of unused) delete left[name];
  }
}

function namedConditions(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) namedConditions(one, found);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === "Condition" && typeof inner === "string") found.add(inner);
      if (key === "Fn::If" && Array.isArray(inner) && typeof inner[0] === "string") found.add(inner[0]);
      namedConditions(inner, found);
    }
  }
  return found;
}

function section<K extends string, T extends object>(name: K, value: T): { [P in K]?: T } {
  return (Object.keys(value).length > 0 ? { [name]: value } : {}) as { [P in K]?: T };
}

/**
 * Conditions, mappings and parameters of both. One whose meaning changes stands twice: the deployed one as `Deployed…`, and
 * what is kept names that.
 */
function keepDefinitions(deployed: Template, next: Template, previous: Readonly<Record<string, string>>) {
  const parameters = new Map<string, Parameter>();
  const parameterNames = new Map<string, string>();
  const taken = new Set([deployed, next].flatMap((one) => [...Object.keys(one.Parameters ?? {}), ...Object.keys(one.Resources)]));
  for (const [name, value] of Object.entries(previous)) {
    const parameter = deployed.Parameters?.[name];
    if (!parameter || !next.Parameters?.[name]) continue;
    let to = `Deployed${name}`;
    for (let number = 2; taken.has(to); number += 1) to = `Deployed${name}${number}`;
    parameters.set(to, { ...parameter, Default: value });
    parameterNames.set(name, to);
  }
  const mappings = { ...next.Mappings };
  const conditions = { ...next.Conditions };
  const renamed = new Map<string, string>();
  for (const [name, mapping] of Object.entries(deployed.Mappings ?? {})) {
    if (sameValue(mapping, next.Mappings?.[name])) continue;
    const to = next.Mappings && Object.hasOwn(next.Mappings, name) ? `Deployed${name}` : name;
    mappings[to] = mapping;
    renamed.set(name, to);
  }
  const changed = changedConditions(deployed, next, parameterNames);
  for (const name of Object.keys(deployed.Conditions ?? {})) renamed.set(name, changed.has(name) ? `Deployed${name}` : name);
  const rename = <T>(value: T): T => renameReferences(renameDefinitions(value, renamed) as T, parameterNames);
  for (const [name, condition] of Object.entries(deployed.Conditions ?? {})) {
    const to = renamed.get(name)!;
    if (!Object.hasOwn(conditions, to)) conditions[to] = rename(condition);
  }
  return { mappings, conditions, parameters, rename };
}

/** Conditions of both that say something else in `next`, or of a parameter that gets another value. */
function changedConditions(deployed: Template, next: Template, parameters: ReadonlyMap<string, string>): Set<string> {
  const changed = new Set<string>();
  for (let size = -1; size < changed.size;) {
    size = changed.size;
    for (const [name, condition] of Object.entries(deployed.Conditions ?? {})) {
      if (!next.Conditions || !Object.hasOwn(next.Conditions, name)) continue;
      const other =
        !sameValue(condition, next.Conditions[name]) ||
        references(condition).some((one) => parameters.has(one.name)) ||
        [...namedConditions(condition)].some((one) => changed.has(one));
      if (other) changed.add(name);
    }
  }
  return changed;
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

/** The parameters that a template names but does not get in this pass: they keep the value that they have, or have one of their own. */
export function keptParameters(outward: Template, next: Template, deployed: Template | undefined): string[] {
  return Object.keys(outward.Parameters ?? {}).filter(
    (name) => !Object.hasOwn(next.Parameters ?? {}, name) && Object.hasOwn(deployed?.Parameters ?? {}, name),
  );
}
