/** Invalidations: what is kept under paths is forgotten before the answer is given. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { invalidArgument } from "../errors.ts";
import { planeOf } from "../plane.ts";
import { everywhere, type InvalidationRecord, invalidations, locationOf, page, requireDistribution } from "../records.ts";

const mostPaths = 3000;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const shown = ({ id, createdMs, paths, callerReference }: InvalidationRecord, Status: string) => ({
  Id: id,
  Status,
  CreateTime: new Date(createdMs),
  InvalidationBatch: { Paths: { Quantity: paths.length, Items: paths }, CallerReference: callerReference },
});

export const createInvalidation = operation(
  "cloudfront",
  "CreateInvalidation",
  ({ DistributionId, InvalidationBatch: batch }, { cloud }) => {
    requireDistribution(cloud, DistributionId);
    const paths = batch.Paths.Items ?? [];
    if (paths.length === 0) throw invalidArgument("Your request does not contain any paths to invalidate.");
    if (paths.length !== batch.Paths.Quantity)
      throw new AwsError("InconsistentQuantities", "The value of Quantity and the size of Items don't match.");
    if (paths.length > mostPaths) throw new AwsError("BatchTooLarge", "Invalidation batch specified is too large.", 413);
    if (paths.some((path) => !path.startsWith("/") || /\s/.test(path) || /\*(?!$)/.test(path)))
      throw invalidArgument("Your request contains one or more invalid invalidation paths.");
    const same = invalidations(cloud)
      .list(everywhere, `${DistributionId}/`)
      .find(({ callerReference }) => callerReference === batch.CallerReference);
    const location = (id: string) => locationOf(`distribution/${DistributionId}/invalidation/${id}`);
    if (same) {
      if (JSON.stringify(same.paths) === JSON.stringify(paths))
        return { Invalidation: shown(same, "Completed"), Location: location(same.id) };
      throw invalidArgument(
        "Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.",
      );
    }
    const record: InvalidationRecord = {
      id: `I${cloud.world.random.text(25, alphabet)}`,
      distributionId: DistributionId,
      callerReference: batch.CallerReference,
      paths,
      createdMs: cloud.world.clock.nowMs(),
    };
    invalidations(cloud).put(everywhere, `${DistributionId}/${record.id}`, record);
    planeOf(cloud).edges.get(DistributionId)?.edge.invalidate(paths);
    return { Invalidation: shown(record, "InProgress"), Location: location(record.id) };
  },
);

export const getInvalidation = operation("cloudfront", "GetInvalidation", ({ DistributionId, Id }, { cloud }) => {
  requireDistribution(cloud, DistributionId);
  const found = invalidations(cloud).get(everywhere, `${DistributionId}/${Id}`);
  if (!found) throw new AwsError("NoSuchInvalidation", "The specified invalidation does not exist.", 404);
  return { Invalidation: shown(found, "Completed") };
});

export const listInvalidations = operation("cloudfront", "ListInvalidations", (input, { cloud }) => {
  requireDistribution(cloud, input.DistributionId);
  const all = invalidations(cloud)
    .list(everywhere, `${input.DistributionId}/`)
    .toSorted((a, b) => b.createdMs - a.createdMs);
  const { items, size, next } = page(all, input, ({ id }) => id);
  return {
    InvalidationList: {
      Marker: input.Marker ?? "",
      MaxItems: size,
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextMarker: next }),
      Quantity: items.length,
      ...(items.length > 0 && {
        Items: items.map(({ id, createdMs }) => ({ Id: id, CreateTime: new Date(createdMs), Status: "Completed" })),
      }),
    },
  };
});
