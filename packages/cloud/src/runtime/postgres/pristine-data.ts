/** What `initdb` makes: without a password, so that nobody can log in. */
import { createHash } from "node:crypto";
import type { Cloud } from "../../cloud.ts";
import type { Installation } from "./installation.ts";
import { runToEnd } from "./run-to-end.ts";
import { serverUser } from "./server-user.ts";
import { copySharedData, makeInPlace } from "./shared-data.ts";

/** The superuser that RDS keeps for itself in every instance. */
export const administrator = "rdsadmin";

/** Its locale is en-US, as on RDS, by ICU. Who may log in is written by each server anew. */
const login = ["--username", administrator, "--auth", "reject"];
const locale = ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "icu", "--icu-locale", "en-US"];
const options = [...login, ...locale, "--no-instructions"];

/** Puts it in the place of whatever is at `target`. */
export async function copyPristineData(cloud: Cloud, installation: Installation, target: string): Promise<void> {
  const data = { name: nameOf(installation), make: (folder: string) => runInitdb(cloud, installation, folder) };
  // Another user, as which servers may have to run, cannot get to what is shared, and is not to.
  const { isCaller } = await serverUser(cloud);
  await (isCaller ? copySharedData : makeInPlace)(cloud, data, target);
}

/** Another build may lay its files out in another way, and other options make other contents. */
function nameOf({ release }: Installation): string {
  const asked = createHash("sha256").update(JSON.stringify(options)).digest("hex").slice(0, 8);
  return `${release}-${process.platform}-${process.arch}-${asked}`;
}

async function runInitdb(cloud: Cloud, { initdb, version }: Installation, folder: string): Promise<void> {
  const { disk } = cloud.world;
  await disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
  const user = await serverUser(cloud);
  await user.own(folder);
  const synced = disk.outlivesPowerCut ? [] : ["--no-sync"];
  await runToEnd(cloud, `initdb of PostgreSQL ${version}`, user.run(initdb, ["-D", folder, ...options, ...synced]));
}
