/** App Runner's own life with the cloud: services that ran come back, operations that were under way are taken up again, a stop ends every instance in time. */
import type { Cloud } from "../../cloud.ts";
import { round } from "../../runtime/round.ts";
import { beginOperation, runOperation } from "./deployment.ts";
import { keepDomains, proveDomains } from "./domains.ts";
import { allFleets, fleetOf } from "./fleet.ts";
import { keepHosts } from "./hosts.ts";
import { currentDigest } from "./image.ts";
import { forgetInstances } from "./instance.ts";
import { metrics } from "./metrics.ts";
import type { Scope } from "./names.ts";
import { allServices, findService, type ServiceRecord } from "./service.ts";

const stopLimitMs = 5_000;
const lookForImagesMs = 5_000;

export async function startAppRunner(cloud: Cloud): Promise<void> {
  metrics.start(cloud);
  imageWatch.start(cloud);
  keepHosts(cloud);
  keepDomains(cloud);
  await forgetInstances(cloud);
  for (const { region, record } of allServices(cloud)) {
    if (record.status === "DELETED") continue;
    const scope = { cloud, account: cloud.account, region };
    await resume(scope, record);
    cloud.inBackground("apprunner: looking for a domain's records", proveDomains(scope, record.arn));
  }
}

/** What served serves again: its address is open from now on, and answers that no instance is healthy until one is. */
async function resume(scope: Scope, record: ServiceRecord): Promise<void> {
  const fleet = fleetOf(scope, record.arn);
  const { serving } = record;
  const operation = record.operations.at(-1);
  const isUnderWay = record.status === "OPERATION_IN_PROGRESS" && operation !== undefined;
  const wasServing = isUnderWay ? operation.from === "RUNNING" : record.status === "RUNNING";
  try {
    const version = wasServing && serving ? fleet.begin(record, serving.configuration, serving.image, { perseveres: true }) : undefined;
    await fleet.serve(version);
  } catch (error) {
    // One that cannot listen, because a program outside has its port, keeps no other from it.
    console.error(`apprunner: ${record.arn} is not reached:`, error);
  }
  if (isUnderWay) runOperation(scope, record.arn, operation);
}

/** SIGTERM to every instance; what has not ended after `limitMs` is killed. */
export async function stopAppRunner(cloud: Cloud, limitMs = stopLimitMs): Promise<void> {
  await imageWatch.stop(cloud);
  await metrics.stop(cloud);
  await Promise.all(allFleets(cloud).map((fleet) => fleet.stop(limitMs)));
}

/** Services with automatic deployments follow their tag. Source: Developer Guide, "Automatic deployment". */
const imageWatch = round("apprunner: automatic deployments", lookForImagesMs, async (cloud) => {
  for (const { region, record } of allServices(cloud)) {
    if (record.status !== "RUNNING" || record.configuration.source.AutoDeploymentsEnabled !== true) continue;
    const scope = { cloud, account: cloud.account, region };
    const digest = await currentDigest(scope, record.configuration);
    const now = findService(scope, record.arn);
    if (digest === undefined || now?.status !== "RUNNING") continue;
    // What serves, or was tried last and did not come up, is not tried again.
    if ([now.serving?.image, now.operations.at(-1)?.image].some((image) => image?.endsWith(`@${digest}`))) continue;
    beginOperation(scope, now, "START_DEPLOYMENT");
  }
});
