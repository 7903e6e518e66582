/** The runtimes that this machine has programs for: Node.js, which the cloud itself runs on, and Python where it is installed. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Cloud } from "../../cloud.ts";
import { authorityFile } from "../../runtime/authority.ts";
import type { ProcessRequest, World } from "../../world.ts";
import { refused } from "./errors.ts";
import type { LambdaFunction } from "./function.ts";

const nodeRuntimes = ["nodejs20.x", "nodejs22.x", "nodejs24.x"];
const pythonRuntimes = ["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"];

const bootstrap = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** The Python of that version, else the machine's own. */
const pythonOf = ({ processes }: World, runtime: string): string | undefined => processes.find(runtime, "python3");

export const isPython = (runtime: string): boolean => pythonRuntimes.includes(runtime);

/** @throws NotImplemented */
export function checkRuntime(world: World, runtime: string): void {
  if (nodeRuntimes.includes(runtime)) return;
  if (!isPython(runtime)) {
    throw refused(`functions of the runtime ${runtime}, only ${[...nodeRuntimes, ...pythonRuntimes].join(", ")}`);
  }
  if (pythonOf(world, runtime) === undefined) throw refused(`functions of the runtime ${runtime} on a machine without python3`);
}

/** The program that runs a function's handler. */
export function programOf(world: World, runtime: string): Pick<ProcessRequest, "command" | "args"> {
  if (!isPython(runtime)) return { command: process.execPath, args: [bootstrap("./bootstrap.cjs")] };
  const command = pythonOf(world, runtime);
  if (command === undefined) throw refused(`functions of the runtime ${runtime} on a machine without python3`);
  return { command, args: [bootstrap("./bootstrap.py")] };
}

/** What Lambda gives to functions whose code stands in a template, to answer CloudFormation with. */
const provided = fileURLToPath(new URL("./provided", import.meta.url));

/** What a runtime adds to the environment; a function's own variables go before most of it. */
export async function runtimeVariables(cloud: Cloud, { runtime, memoryMb, variables }: LambdaFunction): Promise<Record<string, string>> {
  const authority = await authorityFile(cloud);
  if (isPython(runtime)) {
    return { AWS_CA_BUNDLE: authority, PYTHONPATH: provided, PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", ...variables };
  }
  return {
    // Lambda's Node.js runtimes bring AWS's SDK along; here it is the one that stands beside the cloud.
    NODE_PATH: [provided, ...(createRequire(import.meta.url).resolve.paths("@aws-sdk/core") ?? [])].join(":"),
    NODE_EXTRA_CA_CERTS: authority,
    ...variables,
    NODE_OPTIONS: [`--max-old-space-size=${memoryMb}`, variables.NODE_OPTIONS].filter(Boolean).join(" "),
  };
}
