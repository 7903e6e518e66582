/** How far the requests of a service have been moved to its new version, by ECS's own account of it. */
import type { Aws, Output } from "../aws.ts";

type Service = NonNullable<Output<"ecs", "DescribeServices">["services"]>[number];

export interface Shift {
  /** As the language calls it: `canary`. */
  strategy: "blue-green" | "linear" | "canary";
  /** ECS's name for where it stands: `SCALE_UP`, `PRODUCTION_TRAFFIC_SHIFT`, `BAKE_TIME`, … */
  stage: string;
  /** Of the requests, 0 to 100, that the new version gets. */
  percent: number;
  /** Whether the old version is getting all of them back, and why. */
  rollback?: string;
  /** Since when it stands so. */
  since?: Date;
  /** When it goes on by itself. */
  until?: Date;
}

const strategies: Record<string, Shift["strategy"]> = { BLUE_GREEN: "blue-green", LINEAR: "linear", CANARY: "canary" };
const underWay = ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"];

/** `undefined` where nothing is moved at the moment. */
export async function readShift(
  aws: Aws,
  { deploymentConfiguration, deployments, currentServiceDeployment }: Service,
): Promise<Shift | undefined> {
  const strategy = strategies[deploymentConfiguration?.strategy ?? ""];
  const moving = deployments?.some(({ status, rolloutState }) => status === "PRIMARY" && rolloutState === "IN_PROGRESS");
  if (!strategy || !moving || currentServiceDeployment === undefined) return undefined;
  const { serviceDeployments } = await aws.call("ecs", "DescribeServiceDeployments", { serviceDeploymentArns: [currentServiceDeployment] });
  const found = serviceDeployments?.[0];
  if (!found || !underWay.includes(found.status ?? "")) return undefined;
  const { lifecycleStage = "", targetServiceRevision, updatedAt, statusReason } = found;
  const percent = targetServiceRevision?.requestedProductionTrafficWeight ?? 0;
  const minutes = waitMinutes(deploymentConfiguration!, lifecycleStage, percent, (found.sourceServiceRevisions ?? []).length > 0);
  return {
    strategy,
    stage: lifecycleStage,
    percent,
    ...(found.status !== "PENDING" && found.status !== "IN_PROGRESS" && { rollback: statusReason ?? "" }),
    ...(updatedAt && { since: updatedAt }),
    ...(updatedAt && minutes !== undefined && { until: new Date(updatedAt.getTime() + minutes * 60_000) }),
  };
}

/** How long ECS stays where it is; `undefined` where that depends on something else than the clock. */
function waitMinutes(
  { strategy, bakeTimeInMinutes = 0, canaryConfiguration, linearConfiguration }: NonNullable<Service["deploymentConfiguration"]>,
  stage: string,
  percent: number,
  hasSource: boolean,
): number | undefined {
  if (!hasSource) return undefined;
  if (stage === "BAKE_TIME") return bakeTimeInMinutes;
  if (stage !== "PRODUCTION_TRAFFIC_SHIFT" || percent <= 0 || percent >= 100) return undefined;
  return strategy === "CANARY" ? canaryConfiguration?.canaryBakeTimeInMinutes : linearConfiguration?.stepBakeTimeInMinutes;
}

/** `10 % of the requests go to the new version until 14:03`. */
export function shiftText({ stage, percent, rollback, until }: Shift): string {
  if (rollback !== undefined) return `all requests go back to the old version${rollback === "" ? "" : `: ${rollback}`}`;
  const clock = until === undefined ? "" : ` until ${until.toTimeString().slice(0, 5)}`;
  if (stage === "BAKE_TIME") return `all requests go to the new version, the old one stands by${clock}`;
  if (stage === "CLEAN_UP") return "all requests go to the new version, the old one is removed";
  if (percent > 0) return `${percent} % of the requests go to the new version${clock}`;
  return "the new version comes up beside the old one";
}
