/**
 * A role: whom it trusts, and what it may do. The rights stand inside it, or, in hardened stages, in managed policies of their own, which IAM keeps
 * earlier versions of and which auditors find by themselves. Source: AWS IAM User Guide, "Managed policies and inline policies".
 */
import { sub, type Compilation, type Grant } from "./compilation.ts";
import type { Place } from "./draft.ts";
import type { Origin } from "./origin.ts";
import { keyActions } from "./stage-key.ts";
import type { Here, Made } from "./value.ts";

export interface Statement {
  readonly Effect: "Allow";
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

export interface RoleParts {
  /** The service that acts in its name: `ecs-tasks.amazonaws.com`. */
  readonly trusts: string;
  /** When it trusts. @default always */
  readonly trustCondition?: object;
  /** What its rights are called inside it. */
  readonly policyName: string;
  /** What it may do; `undefined` for nothing. */
  readonly allows: ((here: Here) => readonly Statement[]) | undefined;
}

/** IAM takes 6,144 characters a managed policy without white space, once references are ARNs. */
const mostCharacters = 5_000;
/** What a reference becomes: the ARN of a secret is among the longest. */
const referenceCharacters = 120;

export function buildRole(
  { draft, hardened }: Pick<Compilation, "draft" | "hardened">,
  place: Place,
  id: string,
  origin: Origin & { part?: string },
  { trusts, trustCondition, policyName, allows }: RoleParts,
): Made {
  const policies = hardened.managedPolicies && allows ? managedPolicies(draft, place, id, origin, allows) : [];
  return draft.add(place, id, origin, (here) => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: trusts },
            Action: "sts:AssumeRole",
            ...(trustCondition && { Condition: trustCondition }),
          },
        ],
      } as never,
      ...(policies.length > 0
        ? { ManagedPolicyArns: policies.map((one) => here.take(one.ref()) as never) }
        : allows && { Policies: [{ PolicyName: policyName, PolicyDocument: documentOf(allows(here)) }] }),
    },
  }));
}

function managedPolicies(
  draft: Compilation["draft"],
  place: Place,
  id: string,
  { key, source }: Origin,
  allows: (here: Here) => readonly Statement[],
): Made[] {
  // What the app overrides is the role.
  const origin: Origin = { key, ...(source !== undefined && { source }) };
  const made: Made[] = [];
  for (let number = 1, count = 1; number <= count; number += 1) {
    const one = draft.add(place, `${id}Policy${number === 1 ? "" : number}`, origin, (here) => {
      const documents = inDocuments(allows(here));
      count = documents.length;
      return { Type: "AWS::IAM::ManagedPolicy", Properties: { PolicyDocument: documentOf(documents[number - 1]!) } };
    });
    made.push(one);
  }
  return made;
}

/** Statements shared out so that each policy stays below IAM's limit. */
function inDocuments(all: readonly Statement[]): Statement[][] {
  const documents: Statement[][] = [[]];
  let length = 0;
  for (const statement of all) {
    const added = lengthOf(statement);
    if (length > 0 && length + added > mostCharacters) {
      documents.push([]);
      length = 0;
    }
    documents.at(-1)!.push(statement);
    length += added;
  }
  return documents;
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + lengthOf(item) + 1, 2);
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null).length;
  const entries = Object.entries(value);
  if (entries.length === 1 && /^(?:Ref|Fn::.+)$/.test(entries[0]![0])) return referenceCharacters;
  return entries.reduce((sum, [key, item]) => sum + key.length + 4 + lengthOf(item), 2);
}

const documentOf = (all: readonly Statement[]) => ({ Version: "2012-10-17", Statement: all }) as never;

/** One statement for each set of actions; the same resource once. Behind them what they need of the key. */
export function statements(here: Here, grants: readonly Grant[]): Statement[] {
  return [...ofResources(here, grants), ...ofKeys(here, grants)];
}

/** KMS is asked by the service that holds the resource, in the name of whoever calls it: the role cannot use the key by itself. */
function ofKeys(here: Here, grants: readonly Grant[]): Statement[] {
  const services = new Map<string, { key: Made; actions: string[]; services: Set<string> }>();
  for (const { actions, key } of grants) {
    const needed = keyActions(actions);
    if (!key || needed.length === 0) continue;
    const id = `${key.shard.name} ${key.logicalId} ${needed.join(" ")}`;
    const entry = services.get(id) ?? { key, actions: needed, services: new Set<string>() };
    services.set(id, entry);
    entry.services.add(actions[0]!.split(":")[0]!);
  }
  return [...services.values()].map(({ key, actions, services: through }) => {
    const names = [...through].map((name) => sub(`${name}.\${AWS::Region}.amazonaws.com`));
    return {
      Effect: "Allow",
      Action: actions.length === 1 ? actions[0]! : actions,
      Resource: here.take(key.attribute("Arn")),
      Condition: { StringEquals: { "kms:ViaService": names.length === 1 ? names[0] : names } },
    };
  });
}

function ofResources(here: Here, grants: readonly Grant[]): Statement[] {
  const byActions = new Map<string, { actions: readonly string[]; condition: object | undefined; resources: Map<string, unknown> }>();
  for (const { actions, resources, condition: when } of grants) {
    const condition = when?.(here);
    const key = actions.join(" ") + (condition ? JSON.stringify(condition) : "");
    const entry = byActions.get(key) ?? { actions, condition, resources: new Map<string, unknown>() };
    byActions.set(key, entry);
    for (const resource of resources(here)) entry.resources.set(JSON.stringify(resource), resource);
  }
  return [...byActions.values()].map(({ actions, condition, resources }) => {
    const all = [...resources.values()];
    return {
      Effect: "Allow",
      Action: actions.length === 1 ? actions[0]! : [...actions],
      Resource: all.length === 1 ? all[0] : all,
      ...(condition && { Condition: condition }),
    };
  });
}
