/**
 * Nothing is replaced in place. A resource that an update would make anew gets a successor with a logical id of its own
 * (`Database2`), made beside it in the pass out; its users move, and the pass back removes what stood before, by its own
 * deletion policy. Outputs keep their names and point to the successor. Pure.
 *
 * A successor says in its metadata whose it is, so that later deploys find it again: a deployed `Database2` stays `Database2`.
 */
import { diffTemplates, references, renameReferences, sameValue, type Resource, type Template } from "@plinth/cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { DeployError } from "./deploy-error.ts";

/** A resource that takes the place of one that stands. */
export interface Successor {
  /** The logical id of the one before. */
  before: string;
  /** The properties that cannot be changed in place; none where it follows another. */
  properties: string[];
}

export interface Succession {
  /** The new template, with successors and with the ids that earlier successors have. */
  template: Template;
  /** Those that this update makes, by their logical ids. */
  successors: ReadonlyMap<string, Successor>;
}

/** The metadata of a successor: the logical id that the app gives it. */
const mark = "plinth:succeeds";

/** The logical id that the app gives to a deployed resource: `Database` of `Database2`. */
export function appLogicalId(logicalId: string, { Metadata }: Resource): string {
  const given = typeof Metadata === "object" && Metadata !== null && !Array.isArray(Metadata) ? Metadata[mark] : undefined;
  return typeof given === "string" ? given : logicalId;
}

/**
 * @param deployed what stands now; `undefined` when the stack is not there yet.
 * @param changedParameters names of parameters that get another value in this update.
 * @throws DeployError `cannot-replace` for what would be made anew under a name that the one before still has.
 */
export function withSuccessors(
  deployed: Template | undefined,
  next: Template,
  changedParameters: ReadonlySet<string> = new Set(),
): Succession {
  if (!deployed) return { template: next, successors: new Map() };
  const standing = generations(deployed);
  const taken = new Set(
    [deployed, next].flatMap(({ Resources, Parameters = {} }) => [...Object.keys(Resources), ...Object.keys(Parameters)]),
  );
  const freshId = (id: string): string => {
    const stem = /\d$/.test(id) ? `${id}V` : id;
    let number = 2;
    while (taken.has(`${stem}${number}`)) number += 1;
    taken.add(`${stem}${number}`);
    return `${stem}${number}`;
  };
  const names = new Map<string, string>();
  for (const id of Object.keys(next.Resources)) {
    const [newest] = standing.get(id) ?? [];
    names.set(id, newest ?? (Object.hasOwn(deployed.Resources, id) ? freshId(id) : id));
  }

  const successors = new Map<string, Successor>();
  for (;;) {
    const template = renamed(next, names);
    const needed = toBeMadeAnew(deployed, template, successors, changedParameters);
    if (needed.size === 0) {
      for (const [id, { before, properties }] of successors) refuseTakenName(id, before, properties, deployed, template, changedParameters);
      return { template, successors };
    }
    for (const [current, properties] of needed) {
      const id = [...names].find(([, name]) => name === current)![0];
      const all = standing.get(id)!;
      const older = all[all.indexOf(current) + 1];
      const name = older ?? freshId(id);
      names.set(id, name);
      if (older === undefined) successors.set(name, { before: all[0]!, properties });
    }
  }
}

/** The deployed resources by the logical id that the app gives them, newest first. */
function generations({ Resources }: Template): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [id, resource] of Object.entries(Resources)) {
    const given = appLogicalId(id, resource);
    all.set(given, [...(all.get(given) ?? []), id]);
  }
  const numberOf = (id: string, given: string) => Number(id.slice(given.length).replace(/^V/, "") || 1);
  for (const [given, ids] of all) ids.sort((a, b) => numberOf(b, given) - numberOf(a, given));
  return all;
}

function renamed(template: Template, names: ReadonlyMap<string, string>): Template {
  const changed = new Map([...names].filter(([id, name]) => id !== name));
  if (changed.size === 0) return template;
  const other = <T>(id: T): T => ((typeof id === "string" && changed.get(id)) || id) as T;
  const { Resources, Outputs } = template;
  return {
    ...template,
    Resources: Object.fromEntries(
      Object.entries(Resources).map(([id, resource]) => {
        const { DependsOn, ...rest } = renameReferences(resource, changed);
        const name = other(id);
        const metadata = name === id ? {} : { Metadata: { ...(rest.Metadata as object | undefined), [mark]: id } };
        const order = DependsOn === undefined ? {} : { DependsOn: Array.isArray(DependsOn) ? DependsOn.map(other) : other(DependsOn) };
        return [name, { ...rest, ...order, ...metadata }];
      }),
    ),
    ...(Outputs && { Outputs: renameReferences(Outputs, changed) }),
  };
}

/** The deployed resources that cannot become what the template says of them, each with the properties that say so. */
function toBeMadeAnew(
  deployed: Template,
  template: Template,
  successors: ReadonlyMap<string, Successor>,
  changedParameters: ReadonlySet<string>,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const following = new Map<string, string[]>();
  for (const { logicalId, type, action, properties } of diffTemplates(deployed, template, changedParameters)) {
    if (action !== "replace" || standsOnce(type, properties)) continue;
    const causes = properties.filter(({ replacement }) => replacement === "Always");
    const own = causes.filter(({ cause }) => !cause || "parameter" in cause);
    (own.length > 0 || causes.length === 0 ? found : following).set(
      logicalId,
      causes.length === 0 ? ["Type"] : [...new Set(causes.map(({ name }) => name))],
    );
  }
  const isNew = ({ name }: { name: string }) => successors.has(name) || changedParameters.has(name);
  for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources)) {
    const before = deployed.Resources[id];
    if (!before || before.Type !== Type || found.has(id)) continue;
    if (carriesAddress(Type, Properties["SecretString"], successors)) found.set(id, []);
    const subnets = references(Properties["SubnetIds"]);
    if (subnetGroups.has(Type) && subnets.length > 0 && subnets.every(isNew)) found.set(id, ["SubnetIds"]);
  }
  for (const id of successors.keys()) {
    const { Type, Properties = {} } = template.Resources[id] ?? { Type: "" };
    for (const { name } of references(Properties[tiedTo[Type] ?? ""])) {
      if (Object.hasOwn(deployed.Resources, name) && Object.hasOwn(template.Resources, name)) found.set(name, []);
    }
  }
  // What follows another is looked at again when that one has its new id: by then it may fit what stands.
  return found.size > 0 ? found : following;
}

/** Groups of subnets hold those of one network: with other subnets throughout, they are others. */
const subnetGroups = new Set(["AWS::RDS::DBSubnetGroup", "AWS::ElastiCache::SubnetGroup"]);

/** What can be tied to one thing at a time, by the type and the property that tie it: a second tie needs a second one of it. */
const tiedTo: Readonly<Record<string, string>> = {
  "AWS::EC2::VPCGatewayAttachment": "InternetGatewayId",
  "AWS::EC2::NatGateway": "AllocationId",
};

/** A secret that tells where something is: programs of the version before go on reading the old address. */
function carriesAddress(type: string, text: unknown, successors: ReadonlyMap<string, Successor>): boolean {
  return type === "AWS::SecretsManager::Secret" && references(text).some(({ name }) => successors.has(name));
}

/**
 * What is left to CloudFormation: revisions of a task definition, which stand beside each other by themselves, and ties of a
 * subnet, which has one at a time.
 */
function standsOnce(type: string, properties: readonly { name: string }[]): boolean {
  if (type === "AWS::ECS::TaskDefinition") return true;
  return type === "AWS::EC2::SubnetRouteTableAssociation" && !properties.some(({ name }) => name === "SubnetId");
}

/** Two resources of one type cannot have one name. */
function refuseTakenName(
  id: string,
  before: string,
  causes: readonly string[],
  deployed: Template,
  template: Template,
  changedParameters: ReadonlySet<string>,
): void {
  const { Type: type, Properties: next = {} } = template.Resources[id]!;
  const { Type: typeBefore, Properties: previous = {} } = deployed.Resources[before]!;
  if (type !== typeBefore) return;
  const schema = resourceTypeSchema(type);
  const word = type.split("::").at(-1)!;
  const [only, ...others] = schema?.primaryIdentifier ?? [];
  const names = new Set(["Name", `${word}Name`, ...(only !== undefined && others.length === 0 ? [only] : [])]);
  for (const name of names) {
    const value = next[name];
    if (value === undefined || schema?.properties[name]?.replacement !== "yes" || !sameValue(value, previous[name])) continue;
    if (references(value).some((one) => changedParameters.has(one.name))) continue;
    const why = causes.length > 0 ? `${causes.join(", ")} cannot be changed in place` : "what it belongs to is made anew";
    const called = typeof value === "string" ? `"${value}"` : "the same";
    throw new DeployError(
      "cannot-replace",
      `${before} (${type}) would have to be made anew: ${why}. Its name is pinned to ${called}, which it still has.`,
      {
        remedy: `Give it another name, or none; or take the change of ${causes.join(", ") || "what it belongs to"} back.`,
      },
    );
  }
}
