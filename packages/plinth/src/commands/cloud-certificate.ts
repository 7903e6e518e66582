/** `plinth cloud certificate`: whom to trust, and certificates for any name. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { configName, loadApp } from "../app/load-app.ts";
import { runningCloud } from "../cloud/running-cloud.ts";
import type { Command, Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

const defaultRegion = "us-east-1";

export const command: Command = {
  summary: "Print the file by which clients trust the embedded cloud, or make a certificate",
  description:
    "Without a name: the path of the certificate (PEM) of the embedded cloud's own authority, which has issued those that its load balancers " +
    "show. With names: a certificate for them, in its Certificate Manager, whose ARN it prints; with --arn under that ARN, so that an app which " +
    "names a certificate of an AWS account runs here.",
  about: "folder",
  json: true,
  arguments: [{ name: "NAMES", rest: true, description: "host names; the first may be *.example.com" }],
  options: [
    { flags: "--arn <arn>", description: "make it under this ARN, or make it anew; default: an ARN of its own, in the app's region" },
  ],
  examples: [
    { command: 'curl --cacert "$(npx plinth cloud certificate)" https://127.70.1.2/', what: "trust its certificates" },
    {
      command: "plinth cloud certificate app.example.com --arn arn:aws:acm:us-east-1:123456789012:certificate/0f0f",
      what: "what loadBalancer({ certificate }) names",
    },
  ],
  async run(invocation) {
    const { folder, json, terminal, rest, options } = invocation;
    const cloud = await runningCloud(folder);
    const url = `${cloud.endpoint}/_plinth/certificates`;
    const arn = options["arn"];
    if (rest.length === 0) {
      if (arn !== undefined)
        throw new Failure("--arn is the ARN of a certificate to make, and no name is given for it.", {
          code: "usage",
          exit: exitCode.usage,
          remedy: "Name the host: plinth cloud certificate app.example.com --arn …",
        });
      const { authority } = (await (await fetch(url)).json()) as { authority: string };
      terminal.print(json ? JSON.stringify({ authority }, undefined, 2) : authority);
      return exitCode.done;
    }
    const region = typeof arn === "string" ? (arn.split(":")[3] ?? "") : await appRegion(invocation);
    const response = await fetch(url, { method: "POST", body: JSON.stringify({ names: rest, region, ...(arn !== undefined && { arn }) }) });
    const answer = (await response.json()) as { arn?: string; message?: string };
    if (answer.arn === undefined)
      throw new Failure(`No certificate was made: ${answer.message}.`, {
        code: "usage",
        exit: exitCode.usage,
        remedy: "Give names of hosts, like app.example.com, and the whole ARN.",
      });
    terminal.print(json ? JSON.stringify({ arn: answer.arn, names: rest, region }, undefined, 2) : answer.arn);
    return exitCode.done;
  },
};

async function appRegion({ folder }: Invocation): Promise<string> {
  if (!existsSync(join(folder, configName))) return defaultRegion;
  return (await loadApp({ folder, stage: "local", local: true })).region;
}
