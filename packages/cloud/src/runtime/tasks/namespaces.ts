/** Whether programs can be given a view of the file system of their own on this machine: a mount namespace of Linux, by util-linux's `unshare` and `mount`. */
import { join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { fstabLine } from "./fstab.ts";

export interface Namespaces {
  unshare: string;
  /** Whether the user who runs the cloud may mount by right; else only as the root of a user namespace. */
  privileged: boolean;
}

const memory = Symbol("namespaces");

/** A text says why there are none. Tried once, for real: distributions differ in what they let ordinary users do. */
export function namespaces(cloud: Cloud): Promise<Namespaces | string> {
  return cloud.memory(memory, () => tried(cloud));
}

async function tried(cloud: Cloud): Promise<Namespaces | string> {
  if (process.platform !== "linux") return `${process.platform} has no mount namespaces`;
  const { processes, disk } = cloud.world;
  const unshare = processes.find("unshare");
  if (!unshare || !processes.find("mount")) return "unshare and mount (util-linux) are not on the PATH";
  const folder = disk.path("namespace-trial");
  await disk.files.mkdir(join(folder, "from"), { recursive: true });
  await disk.files.mkdir(join(folder, "to"), { recursive: true });
  const table = join(folder, "fstab");
  await disk.replaceFile(table, fstabLine({ source: join(folder, "from"), target: join(folder, "to"), readOnly: true }));
  try {
    for (const privileged of process.getuid?.() === 0 ? [true, false] : [false]) {
      const command = insideLine({ unshare, privileged }, table, { uid: 1000, gid: 1000 });
      const trial = processes.spawn({
        command: command[0]!,
        args: [...command.slice(1), "true"],
        env: { PATH: process.env.PATH ?? "" },
        cwd: disk.root,
        stdout: "ignore",
        stderr: "ignore",
      });
      const exit = await trial.exited;
      if ("code" in exit && exit.code === 0) return { unshare, privileged };
    }
  } finally {
    await disk.files.rm(folder, { recursive: true, force: true });
  }
  return "this system lets its users make no mount namespaces";
}

/** As whom a program sees itself, and what belongs to the user who runs the cloud. */
export interface SeenAs {
  uid: number;
  gid: number;
}

/**
 * What to put before a command so that it runs in a mount namespace with the mounts of `table`; with `root` as its root folder, in
 * `cwd`. Each step becomes the next one, so that the command has the process id that was started.
 */
export function insideLine(
  { unshare, privileged }: Namespaces,
  table: string,
  as: SeenAs | undefined,
  { root, cwd }: { root?: string | undefined; cwd?: string | undefined } = {},
): string[] {
  // Without the right to mount one is root of a user namespace for it, and then oneself again.
  const seen = as ?? (privileged ? undefined : { uid: process.getuid!(), gid: process.getgid!() });
  return [
    unshare,
    ...(privileged ? [] : ["--user", "--map-root-user"]),
    "--mount",
    "--propagation",
    "private",
    "--",
    "/bin/sh",
    "-c",
    'mount -a -T "$1" && shift && exec "$@"',
    "mounts",
    table,
    unshare,
    ...(seen ? ["--user", `--map-user=${seen.uid}`, `--map-group=${seen.gid}`] : []),
    ...(root === undefined ? [] : [`--root=${root}`]),
    ...(cwd === undefined ? [] : [`--wd=${cwd}`]),
    "--",
  ];
}
