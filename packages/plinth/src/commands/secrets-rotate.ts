/** `plinth secrets rotate`: give a database or a cache another password, while programs go on. */
import { operate } from "../app/operate.ts";
import { stageOptions, type Command } from "../command.ts";
import { parseSpan } from "../duration.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Give a database or a cache another password, without a failed request",
  description:
    "A database has two logins that take turns: the one that nobody uses gets a new password, which is tried out, then programs roll " +
    "over to it, one task after the other. The login of before stays valid until the next rotation. A cache takes its new token beside " +
    "the old one until programs have rolled. Run again after a failure or Ctrl-C, it goes on from there.",
  about: "stage",
  changes: true,
  json: true,
  arguments: [{ name: "NAME", required: true, description: "a postgres, aurora or redis of the app" }],
  options: [
    { flags: "--master", description: "the administrator's password of a database, which no program has" },
    { flags: "--older-than <time>", description: "leave one alone that is in use for less than this: 30d" },
  ],
  examples: [
    { command: "plinth secrets rotate database", what: "the login that programs use" },
    { command: "plinth secrets rotate database --master --stage prod", what: "the administrator's" },
    { command: "plinth secrets rotate cache", what: "the token of a redis" },
    { command: "plinth secrets rotate database --older-than 30d --stage prod", what: "for a pipeline that runs every day" },
  ],
  async run(invocation) {
    const { json, terminal, options } = invocation;
    const name = invocation.arguments["NAME"]!;
    const master = options["master"] === true;
    const age = options["olderThan"];
    const olderThanMs = typeof age === "string" ? parseSpan(age) : undefined;
    const { rotate } = await import("@plinth/deployer/secrets/rotation/rotate");
    const result = await operate(invocation, `secrets rotate ${name}${master ? " --master" : ""}`, (deployment) =>
      rotate(deployment, name, { master, ...(olderThanMs === undefined ? {} : { olderThanMs }) }),
    );
    if (json) {
      terminal.print(JSON.stringify(result, undefined, 2));
      return exitCode.done;
    }
    const { kind, programs, resumed, from, to, rotated, usedSince } = result;
    if (!rotated) {
      terminal.note(`${name} is as it was: its ${kind === "token" ? "token" : "password"} is in use since ${usedSince}.`);
      return exitCode.done;
    }
    if (resumed) terminal.note("The rotation that had been begun before is finished.");
    if (kind === "master") terminal.note(`The administrator of ${name} has a new password.`);
    else if (kind === "token") terminal.note(`${name} has a new token, and takes no other.`);
    else
      terminal.note(
        `${name} is used with the login ${to}, which has a new password; the login ${from} stays valid until the next rotation.`,
      );
    if (programs.length > 0) terminal.note(`${programs.join(", ")} ${programs.length === 1 ? "runs" : "run"} with it now.`);
    else if (kind !== "master") terminal.note(`No program uses it yet: plinth deploy${stageOptions(invocation)} starts those of the app.`);
    return exitCode.done;
  },
};
