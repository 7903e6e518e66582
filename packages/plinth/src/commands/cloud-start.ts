/** `plinth cloud start`: start the embedded cloud of this folder. */
import type { Command } from "../command.ts";
import { startCloud } from "../cloud/cloud-process.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Start the embedded cloud of this folder",
  description:
    "An AWS-compatible cloud in one process, reachable from this machine only. It keeps its state in .plinth/cloud and stays up until " +
    "plinth cloud stop; then it comes back as it was. It needs no app: any AWS client can use it (plinth cloud env).",
  about: "folder",
  json: true,
  options: [
    { flags: "--port <number>", description: "the port; default: the last one, else 4566, else any that is free" },
    { flags: "--dns-port <number>", description: "the port of its DNS server; default: the last one, else any that is free" },
    { flags: "--account-reset", description: "also answer POST /moto-api/reset, by which test suites empty the account" },
  ],
  examples: [
    { command: "plinth cloud start", what: "" },
    { command: "plinth cloud start --port 5000 --account-reset", what: "for a test suite" },
  ],
  async run({ folder, options, json, terminal }) {
    const [port, dnsPort] = [readPort(options["port"]), readPort(options["dnsPort"])];
    const { cloud, started } = await startCloud(folder, {
      ...(port === undefined ? {} : { port }),
      ...(dnsPort === undefined ? {} : { dnsPort }),
      accountReset: options["accountReset"] === true,
    });
    if (json) terminal.print(JSON.stringify({ state: "running", ...cloud }, undefined, 2));
    else terminal.print(`The embedded cloud ${started ? "runs" : "already runs"} at ${cloud.endpoint} (process ${cloud.pid}).`);
    return exitCode.done;
  },
};

function readPort(text: string | boolean | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Failure(`${JSON.stringify(text)} is no port.`, {
    code: "usage",
    exit: exitCode.usage,
    remedy: "A port is a number from 1 to 65535.",
  });
}
