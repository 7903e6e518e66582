/** What runs: each program with its environment, role and mounts, as a service, a task or a service on App Runner. */
import type { AnyDeclared } from "@plinth/language/reading";
import { appRunnersFirst, buildAppRunner, type BuiltAppRunner } from "./app-runner.ts";
import type { FileSystem, Program } from "./assembly.ts";
import type { Balancer } from "./balancer.ts";
import type { Compilation, Grant, Target } from "./compilation.ts";
import { environmentOf } from "./environment.ts";
import { throwFaults } from "./faults.ts";
import { buildFileAdministration } from "./file-administration.ts";
import type { BuiltFileSystem } from "./file-system.ts";
import type { BuiltImages } from "./image.ts";
import type { Named } from "./inventory.ts";
import type { LogGroups } from "./log-group.ts";
import type { Network } from "./network.ts";
import { buildPublicDomain, domainOf, originSecretVariable } from "./public-domain.ts";
import type { BuiltQueue } from "./queue.ts";
import { buildRoles } from "./roles.ts";
import { ownNamespaces, scaleOf } from "./scale.ts";
import type { SecurityGroups } from "./security-groups.ts";
import { buildService, serviceName, type BuiltService } from "./service.ts";
import { buildTask, type BuiltTask } from "./task.ts";
import type { Made } from "./value.ts";
import type { NamedProgram, WiredProgram } from "./wiring.ts";

/** What stands around the programs. */
export interface Surroundings {
  readonly cluster: Made | undefined;
  readonly network: Network;
  readonly groups: SecurityGroups;
  readonly images: BuiltImages;
  readonly logGroups: LogGroups;
  readonly queues: readonly BuiltQueue[];
  readonly fileSystems: readonly BuiltFileSystem[];
  readonly loadBalancers: readonly Balancer[];
  /** What a thing offers to the programs that name it. */
  targetOf(declared: AnyDeclared): Target;
  /** Filled as they are made: those that follow name their URLs. */
  readonly appRunners: BuiltAppRunner[];
}

export interface BuiltPrograms {
  readonly services: readonly BuiltService[];
  readonly tasks: readonly BuiltTask[];
  readonly fileAdministrations: FileSystem[];
  /** What is secret in each program, by its key. */
  readonly secretsOf: ReadonlyMap<string, Pick<Program, "secrets" | "connections">>;
}

export function buildPrograms(compilation: Compilation, around: Surroundings): BuiltPrograms {
  const { draft } = compilation;
  const { network, groups, images, logGroups, queues, fileSystems, loadBalancers, targetOf, appRunners } = around;
  const cluster = around.cluster!;
  const services: BuiltService[] = [];
  const tasks: BuiltTask[] = [];
  const fileAdministrations: FileSystem[] = [];
  const secretsOf = new Map<string, Pick<Program, "secrets" | "connections">>();
  const ordered = appRunnersFirst(compilation);
  throwFaults(compilation.faults);
  for (const program of ordered) {
    const { named } = program;
    const domain = publicDomainOf(compilation, named, cluster);
    const environment = environmentOf(program, targetOf, domain && { [originSecretVariable]: domain.secret });
    const connections = new Map(environment.connections.map((one) => draft.output(one)).map((one) => [one.output, one]));
    secretsOf.set(named.key, { secrets: [...environment.slots], ...(connections.size > 0 && { connections: [...connections.values()] }) });
    const image = images.of(named.declared.options.image);
    if (isKind(named, "appRunner")) {
      appRunners.push(buildAppRunner(compilation, named, { image, environment, network, group: groups.of(named.declared) }));
      continue;
    }
    const logGroup = logGroups.of(named.declared);
    const itsGroups = groups.allOf(named);
    const mounts = program.mounts.map(({ path, to }) => ({ path, to: fileSystems.find((one) => one.named.declared === to)! }));
    for (const { to } of mounts) {
      if (fileAdministrations.some(({ name }) => name === to.named.key)) continue;
      fileAdministrations.push(buildFileAdministration(compilation, to, { image, logGroup, groups: itsGroups, cluster, network }));
    }
    const roles = buildRoles(compilation, named.id, compilation.origin(named), {
      repository: image.repository,
      logGroup,
      reads: environment.reads,
      grants: [...environment.grants, ...mounts.map(({ to }) => to.grant), ...metricGrants(named)],
      exec: isKind(named, "service") && named.declared.options.exec === true,
    });
    const parts = {
      image,
      environment,
      roles,
      logGroup,
      cluster,
      network,
      mounts,
      loadBalancers,
      queues,
      groups: itsGroups,
      after: domain?.listening ?? [],
    };
    if (isKind(named, "service")) services.push(buildService(compilation, program, parts));
    else if (isKind(named, "task")) tasks.push(buildTask(compilation, named, parts));
  }
  return { services, tasks, fileAdministrations, secretsOf };
}

function isKind<Kind extends NamedProgram["declared"]["kind"]>(named: NamedProgram, kind: Kind): named is NamedProgram & Named<Kind> {
  return named.declared.kind === kind;
}

/** The lasting name of a service that has no load balancer. */
function publicDomainOf(compilation: Compilation, named: WiredProgram["named"], cluster: Made) {
  const domain = isKind(named, "service") ? domainOf(named.declared.options, compilation) : undefined;
  if (!domain || !isKind(named, "service")) return undefined;
  return buildPublicDomain(compilation, named, domain, { cluster, serviceName: serviceName(compilation, named) });
}

/** A service that scales by a metric of its own may write it. */
function metricGrants(named: NamedProgram): Grant[] {
  const own = isKind(named, "service") ? ownNamespaces(scaleOf(named.declared.options.scale)) : [];
  if (own.length === 0) return [];
  const condition = () => ({ StringEquals: { "cloudwatch:namespace": own.length === 1 ? own[0] : own } });
  return [{ actions: ["cloudwatch:PutMetricData"], resources: () => ["*"], condition }];
}
