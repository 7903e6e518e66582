/** What the deployer is told of each program: where it runs, where it writes, how it is run. */
import type { Program } from "./assembly.ts";
import type { Draft } from "./draft.ts";
import type { LogGroups } from "./log-group.ts";
import type { BuiltService } from "./service.ts";
import type { BuiltTask } from "./task.ts";
import type { Made } from "./value.ts";

export function programList(
  draft: Draft,
  parts: {
    cluster: Made | undefined;
    logGroups: LogGroups;
    services: readonly BuiltService[];
    tasks: readonly BuiltTask[];
    /** What is secret in each, by key. */
    secretsOf: ReadonlyMap<string, Pick<Program, "secrets" | "connections">>;
  },
): Program[] {
  const { cluster, logGroups, services, tasks, secretsOf } = parts;
  return [
    ...services.map(({ named, service }): Program => {
      const { port, public: isPublic, exec } = named.declared.options;
      return {
        name: named.key,
        kind: "service",
        cluster: draft.output(cluster!.ref()),
        logGroup: draft.output(logGroups.of(named.declared).ref()),
        container: named.kebab,
        service: draft.output(service.attribute("Name")),
        ...(port !== undefined && { port }),
        public: Boolean(isPublic),
        ...(exec === true && { exec }),
        ...secretsOf.get(named.key)!,
      };
    }),
    ...tasks.map(({ named, run }): Program => ({
      name: named.key,
      kind: "task",
      cluster: run.cluster,
      logGroup: run.logGroup,
      container: run.container,
      run,
      ...secretsOf.get(named.key)!,
    })),
  ];
}
