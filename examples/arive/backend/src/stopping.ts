/** The end of a program: the first SIGTERM or SIGINT lets it finish what is under way. */
import { log, reasonOf } from "./log.ts";

export function whenStopped(finish: (signal: string) => Promise<void>): void {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      log("INFO", `${signal}: finishing what is under way`);
      finish(signal).then(
        () => process.exit(0),
        (error: unknown) => {
          log("ERROR", `could not end in order: ${reasonOf(error)}`);
          process.exit(1);
        },
      );
    });
  }
}
