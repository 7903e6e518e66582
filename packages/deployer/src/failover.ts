/**
 * Makes another region the one that writes, of a database with copies in other regions. It asks nothing of the region that writes now
 * where data may be lost: that region may be the one that is gone.
 */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { pollingDelaysMs, step, type Deployment } from "./deployment.ts";
import { followWriters } from "./follow-writers.ts";
import { describeGlobalCluster, globalEndpointSources, regionOfArn, type GlobalCluster } from "./global-endpoints.ts";
import { originOf } from "./origin.ts";
import { rollUsers } from "./secrets/roll.ts";
import { connectionName } from "./secrets/connections.ts";
import { describeStage, isStanding } from "./stacks/stack-state.ts";
import { underLease } from "./under-lease.ts";

export interface FailoverResult {
  /** The inventory key. */
  database: string;
  /** What RDS calls it over all regions. */
  globalCluster: string;
  from: string;
  to: string;
  /** Whether what the other region had not got yet was given up. */
  lossAllowed: boolean;
  seconds: number;
  /** Where the writer answers, in whichever region it is. */
  endpoint?: string;
  /**
   * Whether programs reach it: `follow`, since they name that endpoint; `rolled`, since they named a proxy, which knows its own region
   * alone; `left`, since the app's region did not answer, and with it whatever runs there.
   */
  programs: "follow" | "rolled" | "left";
}

export interface FailoverRequest {
  /** The inventory key; without it the only one that there is. */
  database?: string | undefined;
  /** The region that is to write; without it the only other one. */
  to?: string | undefined;
  allowDataLoss: boolean;
  /** Whether the app's own region answers; only with `allowDataLoss` may it not. @default true */
  appRegionAnswers?: boolean;
}

type Target = { database: string; id: string; global: GlobalCluster; asked: Aws; from: string; to: { region: string; arn: string } };

/** How long the app's region is waited for, before it is taken for gone. */
const patienceMs = 10_000;

/** Whether the app's region answers at all; whatever it says. */
export async function regionAnswers(aws: Aws, time: Deployment["time"], signal: AbortSignal): Promise<boolean> {
  const enough = new AbortController();
  const answered = aws.call("sts", "GetCallerIdentity", {}).then(
    () => true,
    (error: unknown) => typeof (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === "number",
  );
  const waited = time.sleep(patienceMs, AbortSignal.any([signal, enough.signal])).then(
    () => false,
    () => false,
  );
  const found = await Promise.race([answered, waited]);
  enough.abort();
  return found;
}

/** @throws DeployError `not-found`, or `stack-failed` when RDS did not make the other region the one that writes. */
export async function failover(deployment: Deployment, request: FailoverRequest): Promise<FailoverResult> {
  if (!request.allowDataLoss) {
    return underLease(deployment, "failover", async (held) => {
      const changed = await change(held, request);
      return { ...changed, programs: await bringOver(held, changed) };
    });
  }
  // It has to do without the lease, which is kept in the region that may be gone; what is changed there afterwards is changed under it.
  const changed = await change(deployment, request);
  if (!passesByProxy(deployment, changed)) return { ...changed, programs: "follow" };
  if (request.appRegionAnswers === false) return { ...changed, programs: "left" };
  const programs = await underLease(deployment, "failover", (held) => bringOver(held, changed));
  return { ...changed, programs };
}

type Changed = Omit<FailoverResult, "programs">;

/** The stacks whose secrets name a proxy as long as the app's own region writes. */
const proxied = ({ assembly }: Pick<Deployment, "assembly">, { globalCluster }: Changed) =>
  assembly.stacks.filter((stack) =>
    globalEndpointSources(stack).some(([, source]) => source.globalCluster === globalCluster && source.elsewhere),
  );

const passesByProxy = (deployment: Pick<Deployment, "assembly">, changed: Changed): boolean => proxied(deployment, changed).length > 0;

/** Programs that name the writer's endpoint follow by themselves; those that name a proxy get the endpoint, or the proxy again. */
async function bringOver(deployment: Deployment, changed: Changed): Promise<"follow" | "rolled"> {
  const concerned = proxied(deployment, changed);
  if (concerned.length === 0) return "follow";
  const { aws, assembly } = deployment;
  const stacks = await describeStage(aws, assembly);
  for (const stack of concerned.filter(({ name }) => isStanding(stacks.get(name)))) {
    await step(deployment, "stack", stack.name, async () => {
      const changes = await followWriters(deployment, stack, stacks);
      return { value: undefined, detail: changes > 0 ? "where programs connect" : "unchanged", skipped: changes === 0 };
    });
  }
  const opened = new Set(
    assembly.rotations.filter(({ name }) => name === changed.database).flatMap(({ connections }) => connections.map(connectionName)),
  );
  const users = assembly.programs.filter(({ connections = [] }) => connections.some((one) => opened.has(connectionName(one))));
  await rollUsers(deployment, stacks, users);
  return "rolled";
}

async function change(deployment: Deployment, request: FailoverRequest): Promise<Changed> {
  const { time, aws } = deployment;
  const target = await targetOf(deployment, request);
  const { database, id, from, to, asked } = target;
  const beganMs = time.now();
  const changed = await step(deployment, "failover", database, async () => {
    const names = { GlobalClusterIdentifier: id, TargetDbClusterIdentifier: to.arn };
    if (request.allowDataLoss) await asked.call("rds", "FailoverGlobalCluster", { ...names, AllowDataLoss: true });
    else await asked.call("rds", "SwitchoverGlobalCluster", names);
    for (const delayMs of pollingDelaysMs(aws)) {
      await time.sleep(delayMs, deployment.signal);
      const now = await describeGlobalCluster(asked, id);
      const writes = writerOf(now);
      // The former writer follows later; writes go on as soon as there is a new one.
      if (writes === to.arn && (request.allowDataLoss || now?.FailoverState === undefined))
        return { value: now!, detail: `to ${to.region}` };
      if (now?.FailoverState === undefined && writes !== to.arn) throw await refused(asked.in(to.region), target);
    }
    throw new Error("polling does not end");
  });
  return {
    database,
    globalCluster: id,
    from,
    to: to.region,
    lossAllowed: request.allowDataLoss,
    seconds: Math.round((time.now() - beganMs) / 1000),
    ...(changed.Endpoint !== undefined && { endpoint: changed.Endpoint }),
  };
}

async function refused(aws: Aws, { database, to }: Target): Promise<DeployError> {
  const { Events = [] } = await aws.call("rds", "DescribeEvents", {
    SourceType: "db-cluster",
    SourceIdentifier: nameOf(to.arn),
    Duration: 60,
  });
  return new DeployError("stack-failed", `${to.region} did not become the region that writes ${database}; the former one goes on.`, {
    evidence: Events.slice(-5).flatMap(({ Message }) => (Message === undefined ? [] : [Message])),
    remedy: "When the region that writes now is gone, --allow-data-loss does without it.",
  });
}

/** Which database, and to which region. */
async function targetOf({ aws, assembly }: Deployment, { database: asked, to }: FailoverRequest): Promise<Target> {
  const all = globalDatabases(assembly);
  const names = all.map(({ name }) => name);
  const found = asked === undefined && all.length === 1 ? all[0] : all.find(({ name }) => name === asked);
  if (!found) {
    const what =
      asked === undefined
        ? `${assembly.app} has ${all.length} databases with copies in other regions`
        : `${asked} has no copy in another region`;
    throw new DeployError("not-found", `${what}.`, {
      remedy: all.length > 0 ? `Say which: ${names.join(", ")}.` : "globalRegions of an aurora makes copies in other regions.",
    });
  }
  // Asked of where it shall go, since the other region may be gone.
  const at = aws.in(to ?? found.regions[0] ?? aws.region);
  const global = await describeGlobalCluster(at, found.id);
  if (!global) {
    throw new DeployError("not-found", `${found.name} of ${assembly.app} ${assembly.stage} is not deployed.`, {
      remedy: "plinth deploy makes it, with its copies.",
    });
  }
  const arns = (global.GlobalClusterMembers ?? []).map((member) => ({ arn: member.DBClusterArn!, writes: member.IsWriter === true }));
  const writer = arns.find(({ writes }) => writes);
  const others = arns.filter(({ writes }) => !writes);
  const chosen = to === undefined && others.length === 1 ? others[0] : others.find(({ arn }) => regionOfArn(arn) === to);
  const from = writer ? regionOfArn(writer.arn) : "";
  if (!chosen) {
    const regions = others.map(({ arn }) => regionOfArn(arn));
    const what =
      to === from
        ? `${to} is the region that writes ${found.name} already`
        : `${found.name} has ${to === undefined ? `copies in ${regions.length} regions` : `no copy in ${to}`}`;
    throw new DeployError("not-found", `${what}.`, {
      remedy: regions.length > 0 ? `--to takes ${regions.join(" or ")}.` : "It has no copy that could write.",
    });
  }
  return { database: found.name, id: found.id, global, asked: at, from, to: { region: regionOfArn(chosen.arn), arn: chosen.arn } };
}

/** Those of the app's file. Their names are written in the templates, so that nothing has to be asked for them. */
function globalDatabases(assembly: Assembly): { name: string; id: string; regions: string[] }[] {
  return assembly.stacks.flatMap(({ layer, template }) =>
    Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties }]) => {
      const id = Properties?.["GlobalClusterIdentifier"];
      if (Type !== "AWS::RDS::GlobalCluster" || typeof id !== "string") return [];
      const regions = [...new Set(assembly.stacks.filter((stack) => stack.layer === layer).map(({ region }) => region))];
      return [
        {
          name: originOf(assembly, layer, logicalId)?.key ?? logicalId,
          id,
          regions: regions.filter((region) => region !== assembly.region),
        },
      ];
    }),
  );
}

const writerOf = (global: GlobalCluster | undefined) => global?.GlobalClusterMembers?.find(({ IsWriter }) => IsWriter)?.DBClusterArn;
const nameOf = (arn: string) => arn.split(":").at(-1)!;
