/** The history of services' deployments. */
import type { Failure } from "@aws-sdk/client-ecs";
import { operation } from "../../../service.ts";
import { requireCluster } from "../cluster.ts";
import { invalidParameter } from "../errors.ts";
import { page } from "../paging.ts";
import { requireService } from "../service.ts";
import {
  describeServiceDeployment,
  describeServiceRevision,
  findServiceDeployment,
  listServiceDeployments,
} from "../service-deployment.ts";

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
