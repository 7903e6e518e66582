/** The history of services' deployments. */
import type { Failure } from "@aws-sdk/client-ecs";
import { operation } from "../../../service.ts";
import { requireCluster } from "../cluster.ts";
import { failDeployment, rollbackOf, stoppedByUser } from "../deployment-outcome.ts";
import { conflict, invalidParameter, notHere, serviceDeploymentNotFound } from "../errors.ts";
import { isWaiting } from "../lifecycle-hooks.ts";
import { page } from "../paging.ts";
import { wakeService } from "../scheduler.ts";
import { findService, primaryOf, requireService, saveService } from "../service.ts";
import { describeServiceDeployment, findServiceDeployment, listServiceDeployments, noteStage } from "../service-deployment.ts";
import { describeServiceRevision } from "../service-revision.ts";

export const listServiceDeploymentBriefs = operation("ecs", "ListServiceDeployments", (input, context) => {
  const cluster = requireCluster(context, input.cluster);
  const service = requireService(context, cluster.name, input.service);
  const { before, after } = input.createdAt ?? {};
  const found = listServiceDeployments(context, cluster.name, service.name)
    .filter(({ status }) => !input.status || input.status.length === 0 || input.status.includes(status))
    .filter(
      ({ createdMs }) => (before === undefined || createdMs < before.getTime()) && (after === undefined || createdMs > after.getTime()),
    );
  // Newest first.
  const ranked = found.map((record, at) => ({ record, rank: String(found.length - at).padStart(6, "0") }));
  const { items, nextToken } = page(ranked, {
    size: input.maxResults,
    token: input.nextToken,
    query: `ListServiceDeployments ${cluster.name} ${service.name}`,
    keyOf: ({ rank }) => rank,
    standard: 20,
  });
  return {
    serviceDeployments: items.map(({ record }) => {
      const whole = describeServiceDeployment(context, record);
      return {
        serviceDeploymentArn: whole.serviceDeploymentArn,
        serviceArn: whole.serviceArn,
        clusterArn: whole.clusterArn,
        startedAt: whole.startedAt,
        createdAt: whole.createdAt,
        ...(whole.finishedAt && { finishedAt: whole.finishedAt }),
        targetServiceRevisionArn: whole.targetServiceRevision?.arn,
        status: whole.status,
        ...(whole.statusReason !== undefined && { statusReason: whole.statusReason }),
      };
    }),
    ...(nextToken && { nextToken }),
  };
});

export const describeServiceDeployments = operation("ecs", "DescribeServiceDeployments", (input, context) => {
  if (input.serviceDeploymentArns.length === 0) throw invalidParameter("Service deployment ARNs cannot be empty.");
  if (input.serviceDeploymentArns.length > 20) throw invalidParameter("Service deployment ARNs can have at most 20 items.");
  const failures: Failure[] = [];
  const serviceDeployments = input.serviceDeploymentArns.flatMap((arn) => {
    const found = findServiceDeployment(context, arn);
    if (!found) failures.push({ arn, reason: "MISSING" });
    return found ? [describeServiceDeployment(context, found)] : [];
  });
  return { serviceDeployments, failures };
});

/** Takes a deployment back to the version before it, however it is configured. */
export const stopServiceDeployment = operation("ecs", "StopServiceDeployment", (input, context) => {
  const arn = input.serviceDeploymentArn;
  const { stopType = "ROLLBACK" } = input;
  if (stopType === "ABORT") throw notHere("the stop type ABORT");
  if (stopType !== "ROLLBACK") throw invalidParameter(`Invalid stopType ${String(stopType)}. Valid values are: ABORT, ROLLBACK`);
  const record = findServiceDeployment(context, arn);
  const service = record && findService(context, record.cluster, record.service);
  if (!record || !service) throw serviceDeploymentNotFound();
  if (record.status === "ROLLBACK_IN_PROGRESS") return { serviceDeploymentArn: arn };
  if (record.finishedMs !== undefined) throw conflict(`The service deployment cannot be stopped because its status is ${record.status}.`);
  const primary = primaryOf(service);
  if (!rollbackOf(service, primary)) throw conflict("No rollback candidate was found to run the rollback.");
  context.cloud.store.transaction(() => {
    failDeployment(context, service, primary, stoppedByUser, true);
    saveService(context, service);
  });
  wakeService(context, service.cluster, service.name);
  return { serviceDeploymentArn: arn };
});

/** Lets a deployment that a PAUSE hook holds up go on, or takes it back. */
export const continueServiceDeployment = operation("ecs", "ContinueServiceDeployment", (input, context) => {
  const { serviceDeploymentArn, hookId, action = "CONTINUE" } = input;
  if (action !== "CONTINUE" && action !== "ROLLBACK")
    throw invalidParameter(`Invalid action ${String(action)}. Valid values are: CONTINUE, ROLLBACK`);
  const record = findServiceDeployment(context, serviceDeploymentArn);
  const service = record && findService(context, record.cluster, record.service);
  if (!record || !service) throw serviceDeploymentNotFound();
  if (!/^ecs-[a-z]+-[\w-]+$/.test(hookId)) throw invalidParameter("Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}");
  if (record.finishedMs !== undefined)
    throw invalidParameter("Continuing a service deployment is not allowed for service deployment in terminal states.");
  const primary = primaryOf(service);
  const held = record.deployment.id === primary.id ? primary.shift?.hooks?.find(({ id }) => id === hookId) : undefined;
  if (!held || !isWaiting(held))
    throw invalidParameter("Provided hookId is either completed, unavailable, or not associated with the given Resource ARN");
  held.status = action === "CONTINUE" ? "SUCCEEDED" : "FAILED";
  context.cloud.store.transaction(() => {
    noteStage(context, service, primary.shift!);
    if (action === "ROLLBACK") failDeployment(context, service, primary, stoppedByUser, true);
    saveService(context, service);
  });
  wakeService(context, service.cluster, service.name);
  return { serviceDeploymentArn };
});

export const describeServiceRevisions = operation("ecs", "DescribeServiceRevisions", (input, context) => {
  if (input.serviceRevisionArns.length === 0) throw invalidParameter("Service revision ARNs cannot be empty.");
  if (input.serviceRevisionArns.length > 20) throw invalidParameter("Service revision ARNs can have at most 20 items.");
  const failures: Failure[] = [];
  const serviceRevisions = input.serviceRevisionArns.flatMap((arn) => {
    const found = describeServiceRevision(context, arn);
    if (!found) failures.push({ arn, reason: "MISSING" });
    return found ? [found] : [];
  });
  return { serviceRevisions, failures };
});
