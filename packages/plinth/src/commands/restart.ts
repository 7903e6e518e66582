/** `plinth restart`: replace a service's tasks by new ones. */
import { operate } from "../app/operate.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Replace a service's tasks by new ones, without a gap",
  description:
    "The same version runs again, with the present values of its secrets. New tasks come up before the old ones go. When they do not, " +
    "the old ones serve on, and the command says why.",
  about: "stage",
  changes: true,
  json: true,
  arguments: [{ name: "NAME", required: true, description: "a service of the app" }],
  examples: [{ command: "plinth restart api", what: "the service api of the stage local" }],
  async run(invocation) {
    const { json, terminal } = invocation;
    const name = invocation.arguments["NAME"]!;
    const { restart } = await import("@plinth/deployer/restart");
    const result = await operate(invocation, `restart ${name}`, (deployment) => restart(deployment, name));
    if (json) terminal.print(JSON.stringify(result, undefined, 2));
    else terminal.note(`${name} runs anew: ${result.running} ${result.running === 1 ? "task" : "tasks"}.`);
    return exitCode.done;
  },
};
