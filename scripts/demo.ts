/** `npm run demo`: deploys examples/threa into the embedded cloud, prints its URL, follows its logs until Ctrl-C. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const app = join(root, "examples/threa");
const plinth = (...args: string[]) => [join(root, "packages/plinth/bin/plinth.js"), ...args, "--app", app];

// The terminal hands Ctrl-C to the command that runs; this script only waits for it.
process.on("SIGINT", () => {});

const deploy = spawnSync(process.execPath, plinth("deploy", "--yes"), { stdio: "inherit" });
if (deploy.status !== 0) process.exit(deploy.status ?? 130);

const outputs = JSON.parse(spawnSync(process.execPath, plinth("outputs", "--json"), { encoding: "utf8" }).stdout) as {
  web: { url: string };
};
console.log(`\nthrea runs at ${outputs.web.url}\nIts logs follow; Ctrl-C ends following, and threa goes on.\n`);

const logs = spawn(process.execPath, plinth("logs", "--follow"), { stdio: "inherit" });
logs.on("exit", () => {
  console.log(`\nthrea still runs at ${outputs.web.url}. From the folder examples/threa:
  npx plinth status        how it is
  npx plinth cloud stop    stops it, and keeps its data
  npx plinth destroy       removes it, data included`);
});
