/** A server's data folder: made by `initdb` once per major, then copied, because a copy takes a tenth of the time. */
import type { Cloud } from "../../cloud.ts";
import { copyTree } from "../copied-folder.ts";
import { installation } from "./installation.ts";
import { serverUser } from "./server-user.ts";

/** The superuser that RDS keeps for itself in every instance. */
export const administrator = "rdsadmin";

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

/**
 * Makes what the first data folder of each of these majors is copied from, before a database asks for it. Resolves at the end, also where that
 * did not work: then the database that asks says why.
 */
export async function prepareDataFolders(cloud: Cloud, majors: readonly number[]): Promise<void> {
  await Promise.allSettled(majors.map((major) => templateOf(cloud, major)));
}

function templateOf(cloud: Cloud, major: number): Promise<string> {
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

async function makeTemplate(cloud: Cloud, major: number): Promise<string> {
  const { disk, processes } = cloud.world;
  const { initdb, version } = await installation(cloud, major);
  const folder = disk.path("postgres", "templates", version);
  const complete = await disk.files.access(`${folder}/PG_VERSION`).then(
    () => true,
    () => false,
  );
  if (complete) return folder;
  const draft = `${folder}.draft`;
  await disk.files.rm(draft, { recursive: true, force: true });
  await disk.files.mkdir(draft, { recursive: true, mode: 0o711 });
  const user = await serverUser(cloud);
  await user.own(draft);
  const passwordFile = `${draft}.password`;
  await disk.replaceFile(passwordFile, `${administratorPassword(cloud)}\n`);
  await user.own(passwordFile);
  try {
    const options = ["--username", administrator, "--pwfile", passwordFile, "--auth", "scram-sha-256", "--no-sync", "--no-instructions"];
    const locale = ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "icu", "--icu-locale", "en-US"];
    const running = processes.spawn({
      ...user.run(initdb, ["-D", `${draft}/data`, ...options, ...locale]),
      env: { TZ: "UTC", LC_ALL: "C" },
      cwd: disk.root,
    });
    const output: Buffer[] = [];
    running.stdout?.on("data", (bytes: Buffer) => output.push(bytes));
    running.stderr?.on("data", (bytes: Buffer) => output.push(bytes));
    const exit = await running.exited;
    if (!("code" in exit) || exit.code !== 0) {
      const words = Buffer.concat(output).toString("utf8").trim().split("\n").slice(-5).join("\n");
      throw new Error(`initdb of PostgreSQL ${version} failed: ${"error" in exit ? exit.error.message : words}`);
    }
    await disk.files.rename(`${draft}/data`, folder);
  } finally {
    await disk.files.rm(passwordFile, { force: true });
    await disk.files.rm(draft, { recursive: true, force: true });
  }
  return folder;
}
