/** An instance's copy of the writer's data: taken from the running writer, and then kept current by its log. */
import type { Cloud } from "../../../cloud.ts";
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
  await runningServer(cloud, writerOf(cloud, region, cluster)!)!.backup(`${folder}/data`);
  await bringUp(cloud, region, identifier, member, "administration");
}
