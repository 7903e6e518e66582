/** `plinth cloud mail`: show the e-mails that the embedded cloud would have sent. */
import type { Command } from "../command.ts";
import { runningCloud } from "../cloud/running-cloud.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

interface Mail {
  to: string;
  subject: string;
  text: string;
  sentAt: string;
  /** What a person would open to confirm a subscription. */
  confirmUrl?: string;
}

export const command: Command = {
  summary: "Show the e-mails that the embedded cloud would have sent",
  about: "folder",
  json: true,
  examples: [{ command: "plinth cloud mail", what: "alarms and confirmations, newest last" }],
  async run({ folder, json, terminal }) {
    const cloud = await runningCloud(folder);
    const response = await fetch(`${cloud.endpoint}/_plinth/mailbox`);
    if (!response.ok) throw new Failure(`The mailbox answered ${response.status}.`, { code: "no-mailbox", exit: exitCode.environment });
    const { mails } = (await response.json()) as { mails: Mail[] };
    const messages = mails.toReversed();
    if (json) terminal.print(JSON.stringify(messages, undefined, 2));
    else if (messages.length === 0) terminal.note("No mail.");
    else {
      const { colours } = terminal;
      for (const { to, subject, text, sentAt } of messages) {
        terminal.print(`${colours.dim(sentAt)} to ${to}\n${colours.bold(subject)}\n${text}\n`);
      }
    }
    return exitCode.done;
  },
};
