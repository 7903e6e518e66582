/** Looks for a program as the agent's `exec` does, so that what is not there is said instead of a terminal that ends at once. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

export function findProgram(name: string, path: string, cwd: string): { path: string } | { error: string } {
  if (name.includes("/")) {
    const reason = refusal(resolve(cwd, name));
    return reason === undefined ? { path: resolve(cwd, name) } : { error: `fork/exec ${name}: ${reason}` };
  }
  for (const folder of path.split(delimiter)) {
    const candidate = resolve(cwd, folder, name);
    if (folder !== "" && refusal(candidate) === undefined) return { path: candidate };
  }
  return { error: `exec: "${name}": executable file not found in $PATH` };
}

/** Why it cannot be run, in the system's words. */
function refusal(file: string): string | undefined {
  try {
    if (statSync(file).isDirectory()) return "permission denied";
    accessSync(file, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "permission denied" : "no such file or directory";
  }
}
