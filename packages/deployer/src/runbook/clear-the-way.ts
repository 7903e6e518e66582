/** What would keep a removal from happening is taken away before: protection, and the objects of buckets. */
import type { Template } from "@plinth/cloudformation";
import type { Aws } from "../aws.ts";
import { findProtected, liftProtection } from "../protected.ts";
import { emptyBuckets } from "../stacks/empty-buckets.ts";

/** Its plan has been agreed to, and that told what becomes of the data. */
export async function clearTheWayOfRemoved(name: string, aws: Aws, deployed: Template, next: Template): Promise<void> {
  const removed = Object.entries(deployed.Resources).filter(
    ([id, { DeletionPolicy = "Delete" }]) => !Object.hasOwn(next.Resources, id) && !DeletionPolicy.startsWith("Retain"),
  );
  const going = { Resources: Object.fromEntries(removed) };
  await liftProtection(aws, await findProtected(aws, { name }, going));
  await emptyBuckets(aws, { name }, going);
}
