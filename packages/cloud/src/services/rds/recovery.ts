/** What RDS's own supervision does: a server that ended without being asked is started again, or its standby takes over. */
import type { Cloud } from "../../cloud.ts";
import { waitForServerRoom, whenRoom } from "../../disk-full.ts";
import type { PostgresServer } from "../../runtime/postgres/server.ts";
import { note } from "./event.ts";
import { changeInstance, findInstance, type Instance } from "./instance.ts";
import { forgetServer, lossHandler, startServer } from "./servers.ts";
import { failOver, hasStandby, settleFolders, standbyOf, startStandby } from "./standby.ts";
import { work } from "./work.ts";

export function superviseServers(cloud: Cloud): void {
  lossHandler(cloud).handle = (region, resourceId, server) => lost(cloud, region, resourceId, server);
}

function lost(cloud: Cloud, region: string, resourceId: string, server: PostgresServer): void {
  if (!forgetServer(cloud, resourceId, server) || cloud.stopping.aborted) return;
  void work(cloud, region, resourceId, (identifier) => recover(cloud, region, identifier));
}

async function recover(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const instance = findInstance(cloud, region, identifier);
  if (instance.status === "deleting" || instance.status === "stopped") return;
  const message = "Recovery of the DB instance has started. Recovery time will vary with the amount of data to be recovered.";
  await whenRoom(cloud, () => note(cloud, region, identifier, message, "recovery"));
  const takesOver = hasStandby(instance) && standbyOf(cloud, instance) !== undefined;
  // Where it cannot, the first one's data is still the truth, or has its place already.
  const over = takesOver && (await failOver(cloud, region, identifier).then(...outcome));
  if (!over) {
    await settleFolders(cloud, region, instance);
    await startAsSoonAsThereIsRoom(cloud, region, instance);
  }
  if (hasStandby(instance)) void work(cloud, region, instance.resourceId, (name) => startStandby(cloud, region, name));
  await whenRoom(cloud, () => note(cloud, region, identifier, "Recovery of the DB instance is complete.", "recovery"));
}

const outcome = [() => true, () => false] as const;

async function startAsSoonAsThereIsRoom(cloud: Cloud, region: string, { identifier }: Instance): Promise<void> {
  for (;;) {
    try {
      await startServer(cloud, region, identifier);
      return;
    } catch (error) {
      if (cloud.stopping.aborted) return;
      if (await waitForServerRoom(cloud).catch(() => false)) continue;
      await whenRoom(
        cloud,
        () =>
          void changeInstance(cloud, region, identifier, (changed) => {
            changed.status = "failed";
            changed.failure = (error as Error).message;
          }),
      );
      return;
    }
  }
}
