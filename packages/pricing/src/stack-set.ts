/**
 * One or several stacks that hand values on, read without deploying them: parameters given or by default, conditions decided, what is
 * known only afterwards replaced by a mark that says what it refers to.
 */
import {
  evaluate,
  expandLoops,
  lazyRecord,
  references,
  type Reference,
  type ResolvedParameter,
  type Template,
  TemplateError,
} from "@plinth/cloudformation";

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
  stack: string;
  logicalId: string;
  type: string;
  region: string;
  /** What the CDK calls the construct that it belongs to, where the CDK has made it. */
  construct?: string;
  /** Evaluated as far as possible; what could not be is left out. */
  properties: Readonly<Record<string, unknown>>;
}

export interface StackSet {
  /** Those whose conditions hold. */
  readonly resources: readonly SetResource[];
  ofType(type: string): readonly SetResource[];
  /** The resources of the set that a value names, in any depth. */
  named(value: unknown): SetResource[];
  /** The resources of a type that name a resource in a property. */
  users(type: string, property: string, of: SetResource): readonly SetResource[];
}

/** A value that only a deploy knows, as text. What it refers to stays readable in it. */
const mark = (stack: string, logicalId: string, attribute?: string) =>
  `\u27E8${stack}/${logicalId}${attribute === undefined ? "" : `#${attribute}`}\u27E9`;
const marks = /\u27E8([^/\u27E9]+)\/([^#\u27E9]+)(?:#[^\u27E9]*)?\u27E9/g;

/** Whether a text holds something that only a deploy knows. */
export const isOpen = (text: string): boolean => text.includes("\u27E8");

/** @throws TemplateError of something that is no template, in CloudFormation's words where it has some. */
export function readStackSet(stacks: readonly StackInput[], region: string): StackSet {
  for (const { template } of stacks) checkForm(template);
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const made = new Map<string, Read>();
  const exports = new Map<string, () => string>();
  const underWay = new Set<string>();

  const read = (stack: StackInput): Read => {
    const done = made.get(stack.name);
    if (done) return done;
    underWay.add(stack.name);
    const result = readStack(stack, stack.region ?? region, {
      output(name, output) {
        const other = byName.get(name);
        return other && !underWay.has(name) ? read(other).output(output) : undefined;
      },
      exported: (name) => exports.get(name)?.() ?? mark("exports", name),
    });
    underWay.delete(stack.name);
    made.set(stack.name, result);
    return result;
  };
  // Exports are found by name before anything is read: the order of the stacks does not matter.
  for (const stack of stacks) {
    for (const [output, { Export }] of Object.entries(stack.template.Outputs ?? {})) {
      if (typeof Export?.Name === "string") exports.set(Export.Name, () => exportedBy(stack, output));
    }
  }
  const exportedBy = (stack: StackInput, output: string) =>
    (underWay.has(stack.name) ? undefined : read(stack).output(output)) ?? mark(stack.name, output);

  const resources = stacks.flatMap((stack) => read(stack).resources);
  const byPlace = new Map(resources.map((resource) => [`${resource.stack}/${resource.logicalId}`, resource]));
  const byType = new Map<string, ReadResource[]>();
  for (const resource of resources) {
    const alike = byType.get(resource.type);
    if (alike) alike.push(resource);
    else byType.set(resource.type, [resource]);
  }
  const named = (value: unknown): SetResource[] => {
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    return [...text.matchAll(marks)].flatMap(([, stack, logicalId]) => byPlace.get(`${stack}/${logicalId}`) ?? []);
  };
  /** By type and property, each made once: hundreds of services are looked for by hundreds of log groups. */
  const usersByName = new Map<string, Map<SetResource, SetResource[]>>();
  return {
    resources,
    ofType: (type) => byType.get(type) ?? [],
    named,
    users(type, property, of) {
      const key = `${type}/${property}`;
      let users = usersByName.get(key);
      if (!users) {
        usersByName.set(key, (users = new Map()));
        for (const user of byType.get(type) ?? []) {
          // What another stack exports is known only of the value itself.
          const all = exports.size > 0 ? named(user.properties[property]) : user.names(property).flatMap((name) => byPlace.get(name) ?? []);
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

/** Its properties are looked at when they are first asked for: most resources of a large system cost nothing by themselves. */
class ReadResource implements SetResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly region: string;
  readonly construct?: string;
  #properties: SetResource["properties"] | undefined;
  readonly #evaluate: () => SetResource["properties"];
  /** What a property refers to, by `stack/LogicalId`: found without its value, which for a container is long. */
  readonly names: (property: string) => string[];

  constructor(
    { stack, logicalId, type, region, construct }: Omit<SetResource, "properties">,
    evaluate: () => SetResource["properties"],
    names: (property: string) => string[],
  ) {
    this.stack = stack;
    this.logicalId = logicalId;
    this.type = type;
    this.region = region;
    if (construct !== undefined) this.construct = construct;
    this.#evaluate = evaluate;
    this.names = names;
  }

  get properties(): SetResource["properties"] {
    return (this.#properties ??= this.#evaluate());
  }
}

interface Read {
  resources: ReadResource[];
  output(name: string): string | undefined;
}

interface Around {
  output(stack: string, output: string): string | undefined;
  exported(name: string): string;
}

function readStack({ name, template: written, parameters: given = {} }: StackInput, region: string, around: Around): Read {
  const texts = new Map<string, string>();
  for (const [key, { Default }] of Object.entries(written.Parameters ?? {})) {
    const said = given[key];
    const value = typeof said === "object" ? around.output(said.stack, said.output) : said;
    texts.set(key, value ?? (Default === undefined ? mark(name, `parameter ${key}`) : [Default].flat().join(",")));
  }
  // Without the transform no property can hold a loop: then only the names of what is priced are looked at.
  const mayLoop = written.Transform !== undefined || Object.keys(written.Resources).some((key) => key.startsWith("Fn::ForEach::"));
  const template = mayLoop ? expandLoops(written, (key) => texts.get(key)) : written;
  const parameters: Record<string, ResolvedParameter> = {};
  for (const [key, text] of texts) {
    const type = String(template.Parameters?.[key]?.Type);
    const list = type === "CommaDelimitedList" || type.includes("List<") || type.includes("<CommaDelimitedList>");
    parameters[key] = { value: list ? text.split(",").map((one) => one.trim()) : text, given: text, noEcho: false };
  }
  const evaluation = evaluate({
    template,
    parameters,
    pseudo: { accountId: "123456789012", region, stackId: mark(name, "AWS::StackId"), stackName: name },
    resource: (logicalId) => (Object.hasOwn(template.Resources, logicalId) ? standIn(name, logicalId) : undefined),
    importValue: around.exported,
    zones: (of) => ["a", "b", "c"].map((zone) => `${of}${zone}`),
  });
  /** One value that cannot be known (a part of a list that is not there) must not hide the others. */
  const attempt = (value: unknown): unknown => {
    try {
      return evaluation.value(value);
    } catch {
      return undefined;
    }
  };
  const placesOf = ({ name: of }: Reference): string[] => {
    if (Object.hasOwn(template.Resources, of)) return [`${name}/${of}`];
    const text = texts.get(of);
    return text === undefined ? [] : [...text.matchAll(marks)].map(([, stack, logicalId]) => `${stack}/${logicalId}`);
  };
  const resources = Object.entries(template.Resources)
    .filter(([logicalId]) => evaluation.isActive(logicalId))
    .map(([logicalId, { Type, Properties, Metadata }]) => {
      const place = { stack: name, logicalId, type: Type, region, ...constructOf(Metadata) };
      return new ReadResource(
        place,
        () => lazyRecord(Properties ?? {}, attempt),
        (property) => references(Properties?.[property], evaluation.conditions).flatMap(placesOf),
      );
    });
  return {
    resources,
    output(output) {
      const value = attempt(template.Outputs?.[output]?.Value);
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
    },
  };
}

/** The CDK leaves the path of each resource: of `Shop/Api/Service/Service` the construct in the stack is `Api`. */
function constructOf(metadata: unknown): { construct?: string } {
  const path = (metadata as Record<string, unknown> | undefined)?.["aws:cdk:path"];
  const construct = typeof path === "string" ? path.split("/")[1] : undefined;
  return construct === undefined || construct === "" ? {} : { construct };
}

/** What stands for a resource that is not made yet: it has every attribute, each a mark. */
function standIn(stack: string, logicalId: string): { physicalId: string; attributes: Record<string, unknown> } {
  const attributes = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_, name) => mark(stack, logicalId, String(name)),
      getOwnPropertyDescriptor: (_, name) => ({
        configurable: true,
        enumerable: true,
        value: mark(stack, logicalId, String(name)),
      }),
    },
  );
  return { physicalId: mark(stack, logicalId), attributes };
}

/** Only what reading it needs; whether CloudFormation would take it is asked elsewhere. */
function checkForm(template: Template): void {
  const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(template) || !isMap(template.Resources) || Object.keys(template.Resources).length === 0)
    throw new TemplateError("Template format error: At least one Resources member must be defined.");
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
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
