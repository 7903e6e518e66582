/** An instance's copy of the writer's data, in a secondary cluster of its storage's: taken while that runs, and then kept current by its log. */
import type { Cloud } from "../../../cloud.ts";
import { isSecondary } from "../global/global-cluster.ts";
import { runVolume } from "../global/volume.ts";
import { instanceFolder } from "../instance.ts";
import { runningServer, stopServer } from "../servers.ts";
import { type Cluster, clusters } from "./cluster.ts";
import { type Member, writerOf } from "./members.ts";
import { presenceOf } from "./presence.ts";
import { bringUp, wake } from "./wake.ts";

/** Takes a copy anew in the place of whatever the instance had, and starts it. To be called in the cluster's queue. */
export async function remakeCopy(cloud: Cloud, region: string, { identifier }: Pick<Cluster, "identifier">, member: Member): Promise<void> {
  const { files } = cloud.world.disk;
  await wake(cloud, region, identifier, undefined, "administration");
  const cluster = clusters(cloud).get(region, identifier)!;
  presenceOf(cloud, cluster.resourceId).passages.cut(member.resourceId);
  await stopServer(cloud, member);
  const folder = instanceFolder(cloud, region, member.resourceId);
  await files.rm(`${folder}/data`, { recursive: true, force: true });
  await files.mkdir(folder, { recursive: true, mode: 0o711 });
  const source = isSecondary(cloud, region, cluster)
    ? await runVolume(cloud, region, cluster)
    : runningServer(cloud, writerOf(cloud, region, cluster)!)!;
  await source.backup(`${folder}/data`);
  await bringUp(cloud, region, identifier, member, "administration");
}
