/** `plinth recover`: bring a stage out of a rollback that did not come to its end. */
import { operate } from "../app/operate.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Continue a rollback that got stuck",
  description:
    "For stacks in UPDATE_ROLLBACK_FAILED, which CloudFormation neither updates nor puts back by itself: names the resource that held the " +
    "rollback up, and why, and continues it. When it stops again, --skip leaves out just the resources that it names; they keep the state " +
    "that they are in.",
  about: "stage",
  changes: true,
  json: true,
  options: [{ flags: "--skip <names>", description: "logical ids to leave out, by commas" }],
  examples: [
    { command: "plinth recover --stage prod", what: "after the obstacle is gone" },
    { command: "plinth recover --stage prod --skip ApiService", what: "without what cannot be put back" },
  ],
  async run(invocation) {
    const { json, terminal, options } = invocation;
    const skip = String(options["skip"] ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
    const { culpritText, recover } = await import("@plinth/deployer/recover");
    const commandOptions = stageOptions(invocation);
    const result = await operate(invocation, "recover", (deployment) => recover(deployment, { skip, commandOptions }));
    if (json) terminal.print(JSON.stringify(result, undefined, 2));
    else if (result.recovered.length === 0) terminal.note("No rollback is stuck: there is nothing to recover.");
    else {
      for (const culprit of result.culprits) terminal.note(`It had stopped at ${culpritText(culprit)}`);
      terminal.note(`${result.recovered.join(", ")} can be deployed again: plinth deploy${commandOptions}`);
    }
    return exitCode.done;
  },
};
