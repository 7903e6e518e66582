/** An app's stage as the rules and reach look at it: its templates, linked as the deployer will link them. */
import type { Assembly, Run, Stack } from "@plinth/compiler";
import type { OneOffProgram, ResourceOrigin, StackTemplate, System } from "@plinth/policy";

export function systemOf(assembly: Assembly): System {
  const layers = new Map(assembly.stacks.map(({ name, layer }) => [name, layer]));
  return {
    stacks: assembly.stacks.map(stackTemplate),
    production: assembly.production,
    origin: (stack, logicalId): ResourceOrigin | undefined => {
      const layer = layers.get(stack) ?? "";
      return assembly.origins[`${layer}/${logicalId}`] ?? assembly.origins[`${layer}/${logicalId.replace(/V?\d+$/, "")}`];
    },
    programs: runsOf(assembly).map((run) => oneOff(assembly, run)),
    never: assembly.never,
    waived: assembly.waived,
  };
}

function stackTemplate({ name, template, region, parameters }: Stack): StackTemplate {
  const given: Record<string, string | { stack: string; output: string }> = {};
  for (const parameter in parameters) {
    const source = parameters[parameter]!;
    if (source.from === "output") given[parameter] = source;
    else if (source.from === "zone") given[parameter] = `zone ${source.index + 1}`;
    else if (source.from === "prefix-list") given[parameter] = source.name;
    else if (source.from === "value") given[parameter] = source.value;
    else if (source.from === "secret-present") given[parameter] = "true"; // what may be there is looked at as if it were
  }
  return { name, template, region, parameters: given };
}

/** Tasks that no service runs, each once. */
function runsOf({ beforeServices, programs, fileSystems = [] }: Assembly): Run[] {
  const runs = [...beforeServices, ...fileSystems.map(({ administration }) => administration), ...programs.flatMap(({ run }) => run ?? [])];
  return runs.filter((run, index) => runs.findIndex((other) => other.taskDefinition.output === run.taskDefinition.output) === index);
}

function oneOff({ origins }: Assembly, run: Run): OneOffProgram {
  const { name, purpose, taskDefinition, subnets, securityGroups, assignPublicIp } = run;
  const source = sourceOf(origins, name);
  return {
    // What administers a database or a file system is not that itself.
    name: purpose === "database-administration" || purpose === "file-administration" ? `${name}Administration` : name,
    ...(source !== undefined && { source }),
    taskDefinition,
    subnets,
    securityGroups,
    assignPublicIp,
  };
}

/** Where a thing of the app stands: the first of its resources says it. */
function sourceOf(origins: Assembly["origins"], name: string): string | undefined {
  for (const place in origins) if (origins[place]!.key === name) return origins[place]!.source;
  return undefined;
}
