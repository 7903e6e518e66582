/** From an app to an assembly: names, wiring, checks, then each layer's resources. Pure, but for the app's own function. */
import { appDataOf, declareApp, refusedStage, type AnyDeclared, type AppData } from "@plinth/language/reading";
import type { App } from "@plinth/language";
import { buildAccessLogs } from "./access-logs.ts";
import { buildAdministration } from "./administration.ts";
import type { Watched } from "./alarm-rules.ts";
import { buildAlarms } from "./alarms.ts";
import type { Assembly, Layer, Run } from "./assembly.ts";
import { appRunnerTarget, type BuiltAppRunner } from "./app-runner.ts";
import { buildAurora } from "./aurora.ts";
import { peeringNotes } from "./aurora-peering.ts";
import { backupRemains } from "./backup-plan.ts";
import { buildAwsResources } from "./aws-resource.ts";
import { bastionNotes, buildBastion } from "./bastion.ts";
import { checkApp, checkInventory, checkPlacement } from "./checks.ts";
import { buildCluster } from "./cluster.ts";
import type { Compilation, Target } from "./compilation.ts";
import { buildDashboard } from "./dashboard.ts";
import { draft as newDraft } from "./draft.ts";
import { serverLogDays, serverLogRemains } from "./database.ts";
import { buildEntrance, entranceZone, originHeader, publicTarget } from "./entrance.ts";
import { entranceOf } from "./entrance-kind.ts";
import { existingTarget } from "./existing.ts";
import { AppFaults, faultList, throwFaults, type Fault, type FaultList } from "./faults.ts";
import { buildFileSystem } from "./file-system.ts";
import { hardeningOf } from "./hardening.ts";
import { buildImages, publishedNotes } from "./image.ts";
import { databasesOf, nameInventory, type Named } from "./inventory.ts";
import { buildLoadBalancer } from "./load-balancer.ts";
import { zoneRemains } from "./load-balancer-domains.ts";
import { buildLogGroups } from "./log-group.ts";
import { buildMessaging } from "./messaging.ts";
import { buildNetwork, hasBastion, neededEndpoints } from "./network.ts";
import { outputsOf } from "./outputs.ts";
import { buildNextjs, type BuiltNextjs } from "./nextjs.ts";
import { buildPostgres } from "./postgres.ts";
import { previewLife } from "./preview-life.ts";
import { priceWishes } from "./price-wishes.ts";
import { buildPrograms } from "./programs.ts";
import { domainNotes, domainRemains } from "./public-domain.ts";
import { programList } from "./program-list.ts";
import { buildRedis } from "./redis.ts";
import { rotationsOf } from "./rotation.ts";
import { buildRotations } from "./rotation-function.ts";
import { buildSecret } from "./secret.ts";
import { buildStageKey } from "./stage-key.ts";
import { storeList } from "./store-list.ts";
import { buildSecurityGroups } from "./security-groups.ts";
import { serviceTarget } from "./service.ts";
import { wire } from "./wiring.ts";

export interface CompileOptions {
  readonly stage: string;
  /** Whether it goes to the embedded cloud. */
  readonly local: boolean;
  /** The folder of plinth.config.ts, absolute: build contexts and messages are relative to it. */
  readonly configFolder: string;
  /** Logical ids by stack, as deployed: a resource of a large app never changes its stack. @default a first deploy */
  readonly placed?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Compiles one stage of an app.
 * @throws {AppFaults} every fault of the app at once; nothing was compiled
 */
export function compile(app: App<object, never>, options: CompileOptions): Assembly {
  const faults = faultList(options.configFolder);
  const data = appDataOf(app);
  if (!data) {
    throw new AppFaults([{ code: "no-app", message: "plinth.config.ts exports no app: write export default app(…)" }]);
  }
  checkApp(data, faults);
  const refused = refusedStage(data, options.stage);
  if (refused !== undefined) faults.add({ code: "no-such-stage", message: refused, at: data.source });
  throwFaults(faults);
  return compileStage(data, options, faults);
}

function compileStage(data: AppData, { stage, local, configFolder, placed }: CompileOptions, faults: FaultList): Assembly {
  const declaredApp = declareApp(data, { stage, local });
  const { production, preview } = declaredApp.context;
  const inventory = nameInventory(declaredApp, faults);
  const programs = wire(declaredApp, inventory, faults);
  const stem = `${data.name}-${stage}`;
  const { region } = data.options;

  const draft = newDraft({
    stem,
    region,
    description: (layer) => `${data.name} ${stage}: ${layer}. Made by Plinth.`,
    ...(placed && { placed }),
    fault: (fault: Fault) => faults.add(fault),
  });
  const keyless: Omit<Compilation, "key"> = {
    app: data.name,
    stage,
    stem,
    region,
    production,
    hardened: hardeningOf(data.options.hardening, production),
    passing: preview || stage === "local",
    local,
    configFolder,
    draft,
    faults,
    inventory,
    programs,
    slots: [],
    origin: ({ key, declared }) => ({
      key,
      ...(declared.source && { source: faults.where(declared.source) }),
      override: "override" in declared.options ? declared.options.override : undefined,
    }),
  };
  const compilation: Compilation = { ...keyless, key: buildStageKey(keyless) };
  checkInventory(compilation);
  throwFaults(faults);

  const network = buildNetwork(compilation);
  checkPlacement(compilation, network, neededEndpoints(compilation));
  throwFaults(faults);
  const groups = buildSecurityGroups(compilation, network);
  const cluster = buildCluster(compilation);
  const images = buildImages(compilation);
  const logGroups = buildLogGroups(compilation);

  const vpc = inventory.of("vpc").find(({ declared }) => hasBastion(declared, compilation));
  const bastion = vpc && { key: vpc.key, made: buildBastion(compilation, vpc, network, groups) };

  const awsResources = buildAwsResources(compilation);
  const accessLogs = buildAccessLogs(compilation);
  const { queues, topics, buckets } = buildMessaging(compilation, accessLogs);
  const databases = databasesOf(inventory).map((named) =>
    named.declared.kind === "aurora"
      ? buildAurora(compilation, named as Named<"aurora">, network, groups)
      : buildPostgres(compilation, named as Named<"postgres">, network, groups),
  );
  const fileSystems = inventory.of("fileSystem").map((named) => buildFileSystem(compilation, named, network, groups));
  const caches = inventory.of("redis").map((named) => buildRedis(compilation, named, network, groups));
  const targets = new Map<AnyDeclared, Target>(awsResources);
  const loadBalancers = inventory
    .of("loadBalancer")
    .map((named) => buildLoadBalancer(compilation, named, { network, groups, buckets, accessLogs }));
  const entrance = buildEntrance(compilation, network, groups, accessLogs);
  const fronts: BuiltNextjs[] = [];
  const appRunners: BuiltAppRunner[] = [];
  const built = { databases, caches, queues, topics, buckets, loadBalancers };
  for (const one of Object.values(built).flat()) targets.set(one.named.declared, one);
  for (const named of [...inventory.of("secret"), ...inventory.of("setting")]) targets.set(named.declared, buildSecret(compilation, named));
  for (const named of inventory.of("service")) {
    const kind = entranceOf(named.declared.options);
    const front =
      kind?.by === "edge"
        ? buildNextjs(compilation, named, kind, {
            loadBalancer: entrance!.loadBalancer,
            originSecret: entrance!.originSecrets.get(named.declared)!,
            header: originHeader,
            zoneOf: (zone) => entranceZone(zone, compilation),
          })
        : undefined;
    if (front) fronts.push(front);
    targets.set(named.declared, kind ? publicTarget(kind, entrance!, front) : serviceTarget(named));
  }
  for (const named of inventory.of("appRunner")) {
    targets.set(
      named.declared,
      appRunnerTarget(() => appRunners.find((one) => one.named === named)!.service),
    );
  }
  const targetOf = (declared: AnyDeclared): Target => {
    const found = targets.get(declared) ?? (declared.kind === "existing" ? existingTarget(declared) : undefined);
    if (!found) throw new Error(`the ${declared.kind} offers nothing to programs`);
    targets.set(declared, found);
    return found;
  };

  const administrations = cluster
    ? databases.map((database) => buildAdministration(compilation, database, { cluster, network, groups, logGroups }))
    : [];
  const administrationRuns = administrations.flatMap(({ runs }) => runs);
  const balancers = entrance ? [...loadBalancers, entrance] : loadBalancers;
  const { services, tasks, fileAdministrations, secretsOf } = buildPrograms(compilation, {
    cluster,
    network,
    groups,
    images,
    logGroups,
    queues,
    fileSystems,
    targetOf,
    appRunners,
    loadBalancers: balancers,
  });

  const rotators = buildRotations(compilation, { administrations, caches, cluster, services, tasks, secretsOf });
  const outputs: Assembly["outputs"] = {};
  const watched: Watched = {
    ...built,
    loadBalancers: balancers,
    cluster,
    services,
    rotators,
    logGroups,
  };
  for (const named of inventory.of("alarms").slice(0, 1)) {
    const { topic } = buildAlarms(compilation, named, watched);
    const dashboard = buildDashboard(compilation, named, watched);
    outputs[named.key] = { dashboard: { from: "output", ...dashboard }, topic: { from: "output", ...draft.output(topic.ref()) } };
  }
  throwFaults(faults);

  Object.assign(
    outputs,
    outputsOf(compilation, {
      ...built,
      fileSystems,
      entrance,
      nextjs: fronts,
      appRunners,
      awsResources: awsResources.values(),
      services,
      tasks,
      logGroups,
      images,
      bastion,
    }),
  );

  const serverLogs = databases.flatMap(({ named, logGroup }) =>
    logGroup
      ? [
          {
            name: named.key,
            group: logGroup,
            retainDays: serverLogDays,
            ...(compilation.key && { key: draft.output(compilation.key.attribute("Arn")) }),
          },
        ]
      : [],
  );
  const rotations = rotationsOf(draft, { databases, caches, administrations: administrationRuns, rotators });
  const migrations = tasks.filter(({ run }) => run.purpose === "migration").map(({ run }) => run);
  const webFiles = fronts.map(({ named, distribution, assets }) => ({
    name: named.key,
    image: images.of(named.declared.options.image).name,
    bucket: draft.output(assets.ref()),
    distribution: draft.output(distribution.ref()),
  }));
  orderOfLayers(draft.after, compilation);
  const stacks = draft.stacks((layer) => ({ "plinth:app": data.name, "plinth:stage": stage, "plinth:layer": layer }));
  throwFaults(faults);
  return {
    app: data.name,
    stage,
    region,
    production,
    beforeServices: [...administrationRuns, ...migrations] satisfies Run[],
    rotations,
    serverLogs,
    stacks,
    images: images.assembly,
    ...(webFiles.length > 0 && { webFiles }),
    secrets: compilation.slots,
    programs: programList(draft, { cluster, logGroups, services, tasks, secretsOf }),
    ...(fileAdministrations.length > 0 && { fileSystems: fileAdministrations }),
    stores: storeList(compilation, built),
    outputs,
    origins: draft.origins,
    never: [...(data.options.never ?? [])],
    waived: [...(data.options.waive ?? [])],
    notes: [
      ...domainNotes(compilation),
      ...publishedNotes(compilation),
      ...bastionNotes(compilation),
      ...peeringNotes(compilation, network),
    ],
    leaves: [
      ...domainRemains(compilation),
      ...zoneRemains(compilation),
      ...backupRemains(compilation, databasesOf(inventory)),
      ...serverLogRemains(serverLogs),
    ],
    ...priceWishes(data, stage),
    ...previewLife(data, stage),
  };
}

/** What must stand before a layer although it takes no value from there: services wait for what was run before them. */
function orderOfLayers(after: (layer: Layer, ...others: Layer[]) => void, { inventory }: Compilation): void {
  after("tasks", "database", "iam");
  after("compute", "database", "tasks");
  if (inventory.of("alarms").length > 0) after("observability", "compute");
}
