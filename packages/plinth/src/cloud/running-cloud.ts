/** The embedded cloud of a folder, for commands that ask something of one that runs. */
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { findCloud, type RunningCloud } from "./cloud-process.ts";

/** Throws a failure that names `remedy` where none runs. */
export async function runningCloud(folder: string, remedy = "plinth cloud start"): Promise<RunningCloud> {
  const cloud = await findCloud(folder);
  if (cloud) return cloud;
  throw new Failure("The embedded cloud does not run.", { code: "cloud-stopped", exit: exitCode.environment, remedy });
}
