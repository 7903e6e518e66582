/** What commands that change a running stage do alike: connect, show progress, say how to go on after Ctrl-C. */
import type { Assembly } from "@plinth/compiler";
import type { Aws, Deployment } from "@plinth/deployer";
import { stageOptions, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";
import { loadApp } from "./load-app.ts";
import { ownFolder } from "./own-folder.ts";
import { inPlace } from "./placed-app.ts";

/**
 * @param goOn the command that goes on after an interruption, without the options that choose the stage.
 * @param place how the app is compiled for the stage; default: by where its resources stand, which the app's region is asked for.
 */
export async function operate<R>(
  invocation: Invocation,
  goOn: string,
  act: (deployment: Deployment) => Promise<R>,
  before?: (deployment: Deployment) => Promise<void>,
  place: (loaded: Assembly, aws: Aws) => Promise<Assembly> = (loaded, aws) => inPlace(invocation, loaded, aws),
): Promise<R> {
  const { folder, signal, terminal, waitMs } = invocation;
  const loaded = await loadApp(invocation);
  const aws = await connectToRunning(invocation, loaded);
  try {
    const assembly = await place(loaded, aws);
    const [{ progressOn }, { realTime }] = await Promise.all([import("../terminal/progress.ts"), import("@plinth/deployer")]);
    const progress = progressOn(terminal);
    const deployment = { assembly, aws, emit: progress.take.bind(progress), signal, folder: ownFolder(folder), time: realTime, waitMs };
    await before?.(deployment);
    try {
      return await act(deployment);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Failure("Stopped.", {
        code: "interrupted",
        exit: exitCode.interrupted,
        remedy: `plinth ${goOn}${stageOptions(invocation)} goes on from here.`,
        cause: error,
      });
    } finally {
      progress.end();
    }
  } finally {
    aws.close();
  }
}
