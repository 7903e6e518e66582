/** RegisterScalableTarget, DescribeScalableTargets, DeregisterScalableTarget. */
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { enforceBounds } from "../bounds.ts";
import { capacityOf, ensureLinkedRole, linkedRoleArn } from "../capacity.ts";
import { check, limitExceeded, targetNotFound, validation } from "../errors.ts";
import { inTurn } from "../life.ts";
import { checkNames, notThere, readKey } from "../namespaces.ts";
import { nextOrder, page } from "../paging.ts";
import { policiesOf } from "../policies.ts";
import { scheduledActionKey, scheduledActions } from "../scheduled-actions.ts";
import { checkTags } from "../tags.ts";
import { describeTarget, findTarget, keyOf, saveTarget, targets, type TargetRecord } from "../targets.ts";
import { deletePolicy } from "../tracking-alarms.ts";

/** AWS's quota for ECS, per region. */
const maxTargets = 3000;

export const registerScalableTarget = operation("application-autoscaling", "RegisterScalableTarget", async (input, context) => {
  const { cloud, region, account } = context;
  const key = readKey(input);
  check({ roleARN: [input.RoleARN, { length: [1, 1600] }] });
  for (const [name, value] of [
    ["Minimum", input.MinCapacity],
    ["Maximum", input.MaxCapacity],
  ] as const) {
    if (value !== undefined && value < 0) throw validation(`${name} capacity must be greater than or equal to 0`);
  }
  if (!(await capacityOf(context, key))) throw notThere(key);
  await ensureLinkedRole(context);

  const before = findTarget(context, key);
  const min = input.MinCapacity ?? before?.min;
  const max = input.MaxCapacity ?? before?.max;
  if (min === undefined || max === undefined) {
    throw validation("Both minimum capacity and maximum capacity must be specified to register a new scalable target");
  }
  if (max < min) throw validation("Maximum capacity cannot be less than minimum capacity");
  if (before && input.Tags && Object.keys(input.Tags).length > 0) {
    throw validation("Tags cannot be specified for a scalable target that is already registered; use TagResource instead");
  }
  checkTags(input.Tags ?? {});
  const all = targets(cloud).list(region);
  if (!before && all.length >= maxTargets) throw limitExceeded(`The maximum number of scalable targets (${maxTargets}) has been reached`);
  const { DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended } = input.SuspendedState ?? {};
  const target: TargetRecord = {
    ...key,
    arn: before?.arn ?? `arn:aws:application-autoscaling:${region}:${account}:scalable-target/${cloud.world.random.hex(36)}`,
    order: before?.order ?? nextOrder(all),
    min,
    max,
    // A role of one's own is not used for ECS: AWS takes, and answers with, the service-linked one.
    roleArn: linkedRoleArn(account),
    suspended: {
      scaleIn: DynamicScalingInSuspended ?? before?.suspended.scaleIn ?? false,
      scaleOut: DynamicScalingOutSuspended ?? before?.suspended.scaleOut ?? false,
      scheduled: ScheduledScalingSuspended ?? before?.suspended.scheduled ?? false,
    },
    createdMs: before?.createdMs ?? cloud.world.clock.nowMs(),
    ...(before?.last && { last: before.last }),
    tags: before?.tags ?? { ...input.Tags, ...systemTagsOf(input) },
  };
  saveTarget(context, target);
  if (input.MinCapacity !== undefined || input.MaxCapacity !== undefined) await inTurn(cloud, () => enforceBounds(context, target));
  return { ScalableTargetARN: target.arn };
});

export const describeScalableTargets = operation("application-autoscaling", "DescribeScalableTargets", (input, { cloud, region }) => {
  checkNames(input);
  const { ServiceNamespace, ResourceIds, ScalableDimension } = input;
  if (ResourceIds && ResourceIds.length > 50) throw validation("At most 50 resource IDs may be specified");
  const found = targets(cloud)
    .list(region)
    .filter(({ namespace }) => namespace === ServiceNamespace)
    .filter(({ resourceId }) => !ResourceIds?.length || ResourceIds.includes(resourceId))
    .filter(({ dimension }) => ScalableDimension === undefined || dimension === ScalableDimension);
  const { items, ...more } = page(found, input, { most: 50, orderOf: ({ order }) => order });
  return { ScalableTargets: items.map(describeTarget), ...more };
});

/** With it go its policies, their alarms, and its scheduled actions. */
export const deregisterScalableTarget = operation("application-autoscaling", "DeregisterScalableTarget", async (input, context) => {
  const { cloud, region } = context;
  const key = readKey(input);
  if (!findTarget(context, key)) throw targetNotFound(key);
  for (const policy of policiesOf(context, key)) await deletePolicy(context, policy);
  cloud.store.transaction(() => {
    for (const { name } of scheduledActions(cloud).list(region, `${keyOf(key)}|`)) {
      scheduledActions(cloud).delete(region, scheduledActionKey(key, name));
    }
    targets(cloud).delete(region, keyOf(key));
  });
  return {};
});
