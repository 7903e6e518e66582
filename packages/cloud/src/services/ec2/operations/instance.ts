/** The describes of instances and volumes. There are none: nothing runs on machines here; the lists are truthfully empty. */
import { operation } from "../../../service.ts";
import { notFound, type IdPrefix } from "../errors.ts";

/** Whoever asks for one by its id is told that there is none. */
function none(prefix: IdPrefix, ids: readonly string[] | undefined): void {
  const [first] = ids ?? [];
  if (first !== undefined) throw notFound(prefix, first);
}

export const describeInstances = operation("ec2", "DescribeInstances", (input) => {
  none("i", input.InstanceIds);
  return { Reservations: [] };
});

export const describeInstanceStatus = operation("ec2", "DescribeInstanceStatus", (input) => {
  none("i", input.InstanceIds);
  return { InstanceStatuses: [] };
});

export const describeVolumes = operation("ec2", "DescribeVolumes", (input) => {
  none("vol", input.VolumeIds);
  return { Volumes: [] };
});
