/** `plinth scale`: set how many copies of a service run. */
import { operate } from "../app/operate.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Set how many copies of a service run",
  description:
    "Waits until they run. A service that is scaled by its load takes a number within its bounds and is moved on from there; of any " +
    "other the number stays, over deploys too, until the app names another.",
  about: "stage",
  changes: true,
  json: true,
  arguments: [
    { name: "NAME", required: true, description: "a service of the app" },
    { name: "COUNT", required: true, description: "how many copies, from 0" },
  ],
  examples: [
    { command: "plinth scale workers 3", what: "three workers on the stage local" },
    { command: "plinth scale api 0 --stage dev", what: "none, for now" },
  ],
  async run(invocation) {
    const { json, terminal } = invocation;
    const name = invocation.arguments["NAME"]!;
    const text = invocation.arguments["COUNT"]!;
    if (!/^\d+$/u.test(text)) {
      throw new Failure(`${text} is no number of copies.`, { code: "usage", exit: exitCode.usage, remedy: `plinth scale ${name} 2` });
    }
    const { scale } = await import("@plinth/deployer/scale");
    const result = await operate(invocation, `scale ${name} ${text}`, (deployment) => scale(deployment, name, Number(text)));
    if (json) terminal.print(JSON.stringify(result, undefined, 2));
    else {
      terminal.note(`${name} runs ${result.running} of ${result.desired}.`);
      if (result.bounds) terminal.note(`Its load moves it on from there, between ${result.bounds.min} and ${result.bounds.max}.`);
    }
    return exitCode.done;
  },
};
