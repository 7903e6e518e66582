/**
 * Several stacks that hand values on, read without deploying them. What is known only afterwards is replaced by a mark that says what it
 * refers to.
 */
import { membersNamed, TemplateError, type Template } from "@plinth/cloudformation";
import { type Around, mark, marksIn, type ReadResource, readStack, type StackReading } from "./stack-reading.ts";

export interface StackInput {
  /** Told apart by it; a file's name where there is no better one. */
  name: string;
  template: Template;
  /** @default that of the set */
  region?: string;
  /** Values, or outputs of other stacks of the set. @default the template's own defaults */
  parameters?: Readonly<Record<string, string | { stack: string; output: string }>>;
}

export interface SetResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly region: string;
  /** What the CDK calls the construct that it belongs to, where the CDK has made it. */
  readonly construct: string | undefined;
  /** Evaluated as far as possible; what could not be is left out. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Of resources whose conditions do not hold nothing is told. */
export interface StackSet {
  /** Where resources stand. */
  readonly regions: readonly string[];
  /** Those of the wanted types, in the order of stacks and templates. */
  select(wanted: (type: string) => boolean): readonly SetResource[];
  ofType(type: string): readonly SetResource[];
  /** The resources of the set that a value names, in any depth. */
  named(value: unknown): SetResource[];
  /** The resources of a type that name a resource in a property; in `member` of its maps alone, where that is given. */
  users(type: string, property: string, of: SetResource, member?: string): readonly SetResource[];
}

/** @throws TemplateError of something that is no template, in CloudFormation's words where it has some. */
export function readStackSet(stacks: readonly StackInput[], region: string): StackSet {
  for (const { template } of stacks) checkForm(template);
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const made = new Map<string, StackReading>();
  const exports = new Map<string, () => string>();

  const read = (stack: StackInput): StackReading => {
    let reading = made.get(stack.name);
    if (!reading) made.set(stack.name, (reading = readStack(stack, stack.region ?? region, around)));
    return reading;
  };
  const around: Around = {
    output(name, output) {
      const other = byName.get(name);
      return other && read(other).output(output);
    },
    exported: (name) => exports.get(name)?.() ?? mark("exports", name),
  };
  // Exports are found by name before anything is read: the order of the stacks does not matter.
  for (const stack of stacks) {
    const { Outputs: outputs = {} } = stack.template;
    for (const output in outputs) {
      const { Export } = outputs[output]!;
      if (typeof Export?.Name === "string") exports.set(Export.Name, () => exportedBy(stack, output));
    }
  }
  const exportedBy = (stack: StackInput, output: string) => read(stack).output(output) ?? mark(stack.name, output);

  const readings = stacks.map(read);
  const at = ({ stack, logicalId }: { stack: string; logicalId: string }) => made.get(stack)?.find(logicalId) ?? [];
  const byType = new Map<string, readonly ReadResource[]>();
  const ofType = (type: string): readonly ReadResource[] => {
    let alike = byType.get(type);
    if (!alike) byType.set(type, (alike = readings.flatMap((reading) => reading.ofType(type))));
    return alike;
  };
  const named = (value: unknown): ReadResource[] => {
    if (value === undefined) return [];
    return marksIn(typeof value === "string" ? value : JSON.stringify(value)).flatMap(at);
  };
  /** By type, property and member, each made once: hundreds of services are looked for by hundreds of log groups. */
  const usersByName = new Map<string, Map<SetResource, SetResource[]>>();
  return {
    regions: [...new Set(readings.filter(({ empty }) => !empty).map((reading) => reading.region))],
    select: (wanted) => readings.flatMap((reading) => reading.select(wanted)),
    ofType,
    named,
    users(type, property, of, member) {
      const key = `${type}/${property}/${member ?? ""}`;
      let users = usersByName.get(key);
      if (!users) {
        usersByName.set(key, (users = new Map()));
        for (const user of ofType(type)) {
          // What another stack exports is known only of the value itself.
          const all =
            exports.size === 0
              ? user.reading.namesIn(user.logicalId, property, member).flatMap(at)
              : named(member === undefined ? user.properties[property] : membersNamed(user.properties[property], member));
          for (const one of new Set(all)) {
            const alike = users.get(one);
            if (alike) alike.push(user);
            else users.set(one, [user]);
          }
        }
      }
      return users.get(of) ?? [];
    },
  };
}

/** Only what reading it needs; whether CloudFormation would take it is asked elsewhere. */
function checkForm(template: Template): void {
  const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(template) || !isMap(template.Resources) || Object.keys(template.Resources).length === 0)
    throw new TemplateError("Template format error: At least one Resources member must be defined.");
  for (const logicalId in template.Resources) {
    const resource: unknown = template.Resources[logicalId];
    if (logicalId.startsWith("Fn::ForEach::")) continue;
    if (!isMap(resource) || typeof resource.Type !== "string")
      throw new TemplateError(`Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`);
    if (resource.Properties !== undefined && !isMap(resource.Properties))
      throw new TemplateError(`Template format error: [/Resources/${logicalId}/Properties] must be a map.`);
  }
  for (const section of ["Parameters", "Outputs", "Conditions", "Mappings"] as const) {
    if (template[section] !== undefined && !isMap(template[section]))
      throw new TemplateError(`Template format error: [/${section}] must be a map.`);
  }
}
