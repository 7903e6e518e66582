/** Whether a process of this machine runs, by its id. */
import { readFileSync } from "node:fs";

/** One that has ended but has not been waited for (a zombie, as in a container whose first process is no init) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false; // EPERM: another user's
  }
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/[ZX]/.test(text.charAt(text.lastIndexOf(")") + 2)); // the state follows the command's name (proc(5))
  } catch {
    return true; // no /proc here
  }
}
