/** `plinth cloud env`: print what points AWS clients at the embedded cloud. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { configName, loadApp } from "../app/load-app.ts";
import type { Command, Invocation } from "../command.ts";
import { runningCloud } from "../cloud/running-cloud.ts";
import { exitCode } from "../exit-code.ts";

const defaultRegion = "us-east-1";

export const command: Command = {
  summary: "Print what points AWS clients at the embedded cloud",
  about: "folder",
  json: true,
  examples: [
    { command: 'eval "$(npx plinth cloud env)"', what: "then any AWS client of this shell uses it" },
    { command: "aws cloudformation describe-stacks", what: "" },
  ],
  async run(invocation) {
    const { folder, json, terminal } = invocation;
    const cloud = await runningCloud(folder);
    const region = await appRegion(invocation);
    const variables = {
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: "plinth",
      AWS_SECRET_ACCESS_KEY: "plinth",
    };
    if (json) terminal.print(JSON.stringify(variables, undefined, 2));
    else {
      for (const [name, value] of Object.entries(variables)) terminal.print(`export ${name}=${value}`);
      terminal.print("unset AWS_PROFILE AWS_SESSION_TOKEN");
    }
    return exitCode.done;
  },
};

/** The app's region; without an app a default. */
async function appRegion({ folder }: Invocation): Promise<string> {
  if (!existsSync(join(folder, configName))) return defaultRegion;
  return (await loadApp({ folder, stage: "local", local: true })).region;
}
