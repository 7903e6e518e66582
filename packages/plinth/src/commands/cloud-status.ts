/** `plinth cloud status`: show whether the embedded cloud runs, and where. */
import type { Command } from "../command.ts";
import { cloudFolder, findCloud, hasState } from "../cloud/cloud-process.ts";
import { exitCode } from "../exit-code.ts";

export const command: Command = {
  summary: "Show whether the embedded cloud runs, and where",
  about: "folder",
  json: true,
  examples: [
    {
      command: "plinth cloud status --json",
      what: '{ "state": "running", "pid": …, "endpoint": "http://127.0.0.1:4566", "port": 4566, "folder": "…", "dns": { "address": "127.0.0.1", "port": … } }',
    },
  ],
  async run({ folder, json, terminal }) {
    const cloud = await findCloud(folder);
    const dns = cloud && (await dnsOf(cloud.endpoint));
    if (json) {
      terminal.print(
        JSON.stringify(
          cloud ? { state: "running", ...cloud, ...(dns && { dns }) } : { state: "stopped", folder: cloudFolder(folder) },
          undefined,
          2,
        ),
      );
    } else if (cloud) {
      terminal.print(`The embedded cloud runs at ${cloud.endpoint} (process ${cloud.pid}, since ${cloud.startedAt}).`);
      terminal.print(`Its state lies in ${cloud.folder}.`);
      if (dns) terminal.print(`It answers the names of its zones: dig @${dns.address} -p ${dns.port} NAME`);
    } else
      terminal.print(
        hasState(folder)
          ? "The embedded cloud is stopped. plinth cloud start brings it back."
          : "The embedded cloud has not been started here.",
      );
    return exitCode.done;
  },
};

/** Where its DNS server listens; none where its port was taken. */
async function dnsOf(endpoint: string): Promise<{ address: string; port: number } | undefined> {
  const response = await fetch(`${endpoint}/_plinth/dns`);
  const { address, port } = (await response.json()) as { address?: string; port?: number };
  return address === undefined || port === undefined ? undefined : { address, port };
}
