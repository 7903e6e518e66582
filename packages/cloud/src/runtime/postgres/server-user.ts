/** How a program is run that refuses to be root, as PostgreSQL does. */
import type { Cloud } from "../../cloud.ts";

export interface Invocation {
  command: string;
  args: string[];
}

const nobody = 65534;
const memory = Symbol("server user");

export interface ServerUser {
  /** Whether it reads and writes what the caller's own files allow the caller. */
  isCaller: boolean;
  /** The invocation that runs `command` as the server's user. */
  run(command: string, args: readonly string[]): Invocation;
  /** Gives a finished folder to that user, where it is one of its own. */
  own(folder: string): Promise<void>;
}

/**
 * The caller itself when it is not root. Else a user namespace in which root's own files appear as nobody's (`unshare`,
 * so no file changes hands); where the kernel allows none, the user nobody (`setpriv`), to whom the data folder is given.
 */
export function serverUser(cloud: Cloud): Promise<ServerUser> {
  return cloud.memory(memory, () => choose(cloud));
}

async function choose(cloud: Cloud): Promise<ServerUser> {
  const { processes, disk } = cloud.world;
  if (process.getuid?.() !== 0) return { isCaller: true, run: (command, args) => ({ command, args: [...args] }), own: async () => {} };
  const unshare = processes.find("unshare");
  if (unshare) {
    const mapped = ["-U", `--map-user=${nobody}`, `--map-group=${nobody}`, "--"];
    const trial = processes.spawn({
      command: unshare,
      args: [...mapped, "true"],
      env: { PATH: process.env.PATH ?? "" },
      cwd: disk.root,
      stdout: "ignore",
      stderr: "ignore",
    });
    const exit = await trial.exited;
    if ("code" in exit && exit.code === 0) {
      return { isCaller: true, run: (command, args) => ({ command: unshare, args: [...mapped, command, ...args] }), own: async () => {} };
    }
  }
  const setpriv = processes.find("setpriv");
  if (!setpriv) throw new Error("PostgreSQL does not run as root: run the cloud as another user, or install util-linux (unshare, setpriv)");
  // Its user has to get through the state folder to its own; what lies beside stays closed by its own mode.
  await disk.files.chmod(disk.root, 0o711);
  return {
    isCaller: false,
    run: (command, args) => ({
      command: setpriv,
      args: [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "--", command, ...args],
    }),
    async own(folder) {
      const chown = processes.spawn({ command: "/bin/chown", args: ["-R", `${nobody}:${nobody}`, folder], env: {}, cwd: disk.root });
      await chown.exited;
    },
  };
}
