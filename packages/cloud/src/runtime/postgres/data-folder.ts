/** A server's data folder: a copy of one that each cloud makes once per major, because a copy takes a tenth of the time. */
import type { Cloud } from "../../cloud.ts";
import { copyTree } from "../copied-folder.ts";
import { type Installation, installation } from "./installation.ts";
import { administrator, copyPristineData } from "./pristine-data.ts";
import { runToEnd } from "./run-to-end.ts";
import { scramVerifier } from "./scram.ts";
import { serverUser } from "./server-user.ts";
import { isWhole } from "./shared-data.ts";

const memory = Symbol("postgres templates");

/** The password of `rdsadmin` in every server of this cloud: made once, kept in the state folder, given to nobody. */
export function administratorPassword(cloud: Cloud): string {
  const kept = cloud.store.collection<string>("postgres.administrator");
  const found = kept.get("global", "password");
  if (found) return found;
  const made = Buffer.from(cloud.world.random.bytes(24)).toString("hex");
  kept.put("global", "password", made);
  return made;
}

/** Makes `folder` anew; a crash leaves either nothing or the whole. Its locale is en-US, as on RDS, by ICU. */
export async function makeDataFolder(cloud: Cloud, major: number, folder: string): Promise<void> {
  await copyFolder(cloud, await templateOf(cloud, major), folder);
  await (await serverUser(cloud)).own(folder);
}

/** What a major's data folders are copied from, made at the first call. */
export function templateOf(cloud: Cloud, major: number): Promise<string> {
  const templates = cloud.memory(memory, () => new Map<number, Promise<string>>());
  let template = templates.get(major);
  if (!template) {
    template = makeTemplate(cloud, major);
    template.catch(() => templates.delete(major));
    templates.set(major, template);
  }
  return template;
}

/** A whole copy of a data folder, which only its server may read. */
export const copyFolder = (cloud: Cloud, from: string, to: string): Promise<void> => copyTree(cloud, from, to, 0o700);

/** This cloud's own: pristine, but for the administrator's password. */
async function makeTemplate(cloud: Cloud, major: number): Promise<string> {
  const { disk } = cloud.world;
  const found = await installation(cloud, major);
  const folder = disk.path("postgres", "templates", found.version);
  if (await isWhole(cloud, folder)) return folder;
  const draft = `${folder}.draft`;
  await copyPristineData(cloud, found, draft);
  await giveAdministratorPassword(cloud, found, draft);
  await disk.files.rename(draft, folder);
  return folder;
}

/** By PostgreSQL in its single-user mode, which asks for none: so what others may copy holds no secret. */
async function giveAdministratorPassword(cloud: Cloud, { postgres, version }: Installation, folder: string): Promise<void> {
  const verifier = scramVerifier(administratorPassword(cloud), cloud.world.random.bytes(16));
  const user = await serverUser(cloud);
  await user.own(folder);
  const settings = ["exit_on_error=true", "shared_buffers=1MB", "fsync=off"].flatMap((setting) => ["-c", setting]);
  await runToEnd(cloud, `setting up PostgreSQL ${version}`, {
    ...user.run(postgres, ["--single", "-D", folder, ...settings, "postgres"]),
    input: `alter role ${administrator} password '${verifier}'\n`,
  });
}
