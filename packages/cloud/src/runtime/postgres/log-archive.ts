/** The archive of a server's write-ahead log: whole segments, copied so that what is in it is on disk, and given back to a recovery. */
import type { Cloud } from "../../cloud.ts";
import { serverUser } from "./server-user.ts";

/** For PostgreSQL's `archive_command`; without a folder segments are let go. It runs in the data folder. */
export function archiveCommand(folder: string | undefined, outlivesPowerCut: boolean): string {
  if (folder === undefined) return "true";
  return copyScript({ segment: "%p", folder: percentEscaped(folder), name: "%f", draft: "part", outlivesPowerCut });
}

/** For PostgreSQL's `restore_command`. */
export function restoreCommand(folder: string): string {
  const from = `${quoted(percentEscaped(folder))}/%f`;
  return `test -f ${from} && cp ${from} "%p"`;
}

/**
 * Copies what the server has finished and its archiver has not taken yet. Both may copy the same segment at once: whoever
 * comes second leaves it, since a segment is reused as soon as it was archived.
 */
export async function archiveFinished(cloud: Cloud, data: string, folder: string): Promise<void> {
  const { disk, processes } = cloud.world;
  const names = await namesIn(cloud, `${data}/pg_wal/archive_status`);
  const finished = names.filter((name) => name.endsWith(".ready")).map((name) => name.slice(0, -".ready".length));
  if (finished.length === 0) return;
  const draft = `part-${cloud.world.random.hex(8)}`;
  const { outlivesPowerCut } = disk;
  const scripts = finished.map((name) => copyScript({ segment: quoted(`${data}/pg_wal/${name}`), folder, name, draft, outlivesPowerCut }));
  const copying = processes.spawn({
    command: "/bin/sh",
    // A segment that is gone was archived meanwhile.
    args: ["-c", finished.map((name, index) => `{ ${scripts[index]!}; } || test -f ${quoted(`${folder}/${name}`)} || exit 1`).join("\n")],
    env: { PATH: "/usr/bin:/bin" },
    cwd: disk.root,
  });
  const words: Buffer[] = [];
  copying.stderr?.on("data", (bytes: Buffer) => words.push(bytes));
  const exit = await copying.exited;
  if (!("code" in exit) || exit.code !== 0) {
    throw new Error(`the write-ahead log could not be archived: ${Buffer.concat(words).toString("utf8").trim()}`);
  }
  await (await serverUser(cloud)).own(folder);
}

/** A segment, the last one of a time line that was left, or the note of a backup that began in it. */
const segmentName = /^[0-9A-F]{24}(\.partial|\.[0-9A-F]{8}\.backup)?$/;

/** Removes the segments before the one with which the oldest backup begins; their time line does not matter, as for pg_archivecleanup. */
export async function pruneArchive(cloud: Cloud, folder: string, firstSegment: string): Promise<void> {
  const { files } = cloud.world.disk;
  const names = await namesIn(cloud, folder);
  const old = names.filter((name) => segmentName.test(name) && name.slice(8, 24) < firstSegment.slice(8));
  for (const name of old) await files.rm(`${folder}/${name}`, { force: true });
}

/** The segment with which a backup begins: by its label, or of a server that stood still the first that it has. */
export async function firstSegmentOf(cloud: Cloud, data: string): Promise<string | undefined> {
  try {
    const label = await cloud.world.disk.files.readFile(`${data}/backup_label`, "utf8");
    return /^START WAL LOCATION: .*\(file ([0-9A-F]{24})\)/m.exec(label)?.[1];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const names = await namesIn(cloud, `${data}/pg_wal`);
    return names.filter((name) => /^[0-9A-F]{24}$/.test(name)).sort((a, b) => (a.slice(8) < b.slice(8) ? -1 : 1))[0];
  }
}

async function namesIn(cloud: Cloud, folder: string): Promise<string[]> {
  try {
    return await cloud.world.disk.files.readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The zeros behind a segment that was ended early become holes where `cp` can do that: then it takes no room. */
function copyScript({
  segment,
  folder,
  name,
  draft,
  outlivesPowerCut,
}: {
  segment: string;
  folder: string;
  name: string;
  draft: string;
  outlivesPowerCut: boolean;
}): string {
  const sync = (path: string) => (outlivesPowerCut ? ` && sync ${path}` : "");
  const [to, own] = [`${quoted(folder)}/${name}`, `${quoted(folder)}/${name}.${draft}`];
  const copy = `{ cp --sparse=always ${segment} ${own} 2>/dev/null || cp ${segment} ${own}; }${sync(own)}`;
  return `test -f ${to} || { ${copy} && { if test -f ${to}; then rm ${own}; else mv ${own} ${to}${sync(quoted(folder))}; fi; }; }`;
}

/** For the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** PostgreSQL reads `%` in its commands. */
function percentEscaped(text: string): string {
  return text.replaceAll("%", "%%");
}
