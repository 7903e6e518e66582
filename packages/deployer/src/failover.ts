/**
 * Makes another region the one that writes, of a database with copies in other regions. It asks nothing of the region that writes now
 * where data may be lost: that region may be the one that is gone.
 */
import type { Assembly } from "@plinth/compiler";
import { isAwsError, type Aws, type Output } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { pollingDelaysMs, step, type Deployment } from "./deployment.ts";
import { originOf } from "./origin.ts";
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
}

export interface FailoverRequest {
  /** The inventory key; without it the only one that there is. */
  database?: string | undefined;
  /** The region that is to write; without it the only other one. */
  to?: string | undefined;
  allowDataLoss: boolean;
}

type GlobalCluster = NonNullable<NonNullable<Output<"rds", "DescribeGlobalClusters">["GlobalClusters"]>[number]>;
type Target = { database: string; id: string; global: GlobalCluster; asked: Aws; from: string; to: { region: string; arn: string } };

/** @throws DeployError `not-found`, or `stack-failed` when RDS did not make the other region the one that writes. */
export async function failover(deployment: Deployment, request: FailoverRequest): Promise<FailoverResult> {
  // A failover has to do without the lease: it is kept in the region that may be gone.
  return request.allowDataLoss ? change(deployment, request) : underLease(deployment, "failover", (held) => change(held, request));
}

async function change(deployment: Deployment, request: FailoverRequest): Promise<FailoverResult> {
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
      const now = await describe(asked, id);
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
  const global = await describe(at, found.id);
  if (!global) {
    throw new DeployError("not-found", `${found.name} of ${assembly.app} ${assembly.stage} is not deployed.`, {
      remedy: "plinth deploy makes it, with its copies.",
    });
  }
  const arns = (global.GlobalClusterMembers ?? []).map((member) => ({ arn: member.DBClusterArn!, writes: member.IsWriter === true }));
  const writer = arns.find(({ writes }) => writes);
  const others = arns.filter(({ writes }) => !writes);
  const chosen = to === undefined && others.length === 1 ? others[0] : others.find(({ arn }) => regionOf(arn) === to);
  const from = writer ? regionOf(writer.arn) : "";
  if (!chosen) {
    const regions = others.map(({ arn }) => regionOf(arn));
    const what =
      to === from
        ? `${to} is the region that writes ${found.name} already`
        : `${found.name} has ${to === undefined ? `copies in ${regions.length} regions` : `no copy in ${to}`}`;
    throw new DeployError("not-found", `${what}.`, {
      remedy: regions.length > 0 ? `--to takes ${regions.join(" or ")}.` : "It has no copy that could write.",
    });
  }
  return { database: found.name, id: found.id, global, asked: at, from, to: { region: regionOf(chosen.arn), arn: chosen.arn } };
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

async function describe(aws: Aws, GlobalClusterIdentifier: string): Promise<GlobalCluster | undefined> {
  try {
    return (await aws.call("rds", "DescribeGlobalClusters", { GlobalClusterIdentifier })).GlobalClusters?.[0];
  } catch (error) {
    if (isAwsError(error, "GlobalClusterNotFoundFault")) return undefined;
    throw error;
  }
}

const writerOf = (global: GlobalCluster | undefined) => global?.GlobalClusterMembers?.find(({ IsWriter }) => IsWriter)?.DBClusterArn;
const regionOf = (arn: string) => arn.split(":")[3]!;
const nameOf = (arn: string) => arn.split(":").at(-1)!;
