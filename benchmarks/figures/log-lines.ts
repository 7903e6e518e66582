/** A task that writes 2,000 lines a second: how many of them arrive in CloudWatch Logs. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, DescribeLogGroupsCommand, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Benchmark } from "../figure.ts";
import { clientSettings, plinth, root, wallMs } from "../measure.ts";

const linesPerSecond = 2000;
const seconds = 10;
const total = linesPerSecond * seconds;

const config = `import { app, image, task } from "plinth";
export default app("chatter", { region: "eu-central-1" }, () => {
  const chatter = task({ image: image(), run: "by-hand" });
  return { chatter };
});
`;
const program = `let line = 0;
const timer = setInterval(() => {
  let text = "";
  for (let index = 0; index < ${linesPerSecond / 20}; index++) text += "line " + line++ + " of a program that has a lot to say\\n";
  process.stdout.write(text);
  if (line >= ${total}) clearInterval(timer);
}, 50);
`;

const logLines: Benchmark = async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-chatter-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "plinth.config.ts"), config);
    writeFileSync(join(folder, "chatter.js"), program);
    writeFileSync(join(folder, "Dockerfile"), 'FROM node:24\nWORKDIR /app\nCOPY chatter.js .\nCMD ["node", "chatter.js"]\n');
    await wallMs([plinth, "deploy", "--yes", "--app", folder]);
    const startMs = performance.now();
    await wallMs([plinth, "run", "chatter", "--app", folder]);
    const tookSeconds = (performance.now() - startMs) / 1000;
    const arrived = await countLines(folder);
    return [
      {
        name: `log lines of ${total} written at ${linesPerSecond}/s`,
        ours: `${arrived} arrived in ${tookSeconds.toFixed(1)} s`,
        reference: `${total} written`,
        value: arrived / total,
        limit: { atLeast: 1 },
      },
    ];
  } finally {
    await wallMs([plinth, "cloud", "stop", "--app", folder]).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
};
export default logLines;

/** Distinct lines in the app's log groups, read through the official client. */
async function countLines(folder: string): Promise<number> {
  const { execFileSync } = await import("node:child_process");
  const { endpoint } = JSON.parse(
    execFileSync(process.execPath, [plinth, "cloud", "status", "--json", "--app", folder], { encoding: "utf8" }),
  ) as { endpoint: string };
  const client = new CloudWatchLogsClient(clientSettings(endpoint));
  const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({}));
  const lines = new Set<string>();
  for (const { logGroupName } of logGroups) {
    let nextToken: string | undefined;
    do {
      const page = await client.send(new FilterLogEventsCommand({ logGroupName, nextToken }));
      for (const { message } of page.events ?? []) lines.add(/^line \d+/.exec(message!)?.[0] ?? "");
      nextToken = page.nextToken;
    } while (nextToken);
  }
  client.destroy();
  lines.delete("");
  return lines.size;
}
