/** From the folder to the assembly: plinth.config.ts imported, type-checked beside, compiled. Nothing outside is touched. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Assembly, Fault } from "@plinth/compiler";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { typeCheck, type TypeFault } from "./type-check.ts";

export const configName = "plinth.config.ts";

interface Loading {
  folder: string;
  stage: string;
  local: boolean;
  /** Logical ids by stack, as deployed. */
  placed?: Record<string, string[]>;
}

/** @throws Failure with exit code `app`, which names every fault. */
export async function loadApp({ folder, stage, local, placed }: Loading): Promise<Assembly> {
  const config = join(folder, configName);
  if (!existsSync(config)) {
    throw new Failure(`There is no ${configName} in ${folder}.`, {
      code: "no-config",
      exit: exitCode.app,
      remedy: "Run plinth in the app's folder, or name it: --app DIR.",
    });
  }
  const checking = typeCheck(config, folder).then(
    (faults) => ({ faults }),
    (error: unknown) => ({ error: error as Error }),
  );
  const compiling = compileConfig(config, { folder, stage, local, ...(placed && { placed }) }).then(
    (assembly) => ({ assembly }),
    (error: unknown) => ({ error }),
  );
  const [checked, compiled] = await Promise.all([checking, compiling]);
  // What is not installed is better said by its name; of faults of syntax the type check says the line.
  if ("error" in compiled && compiled.error instanceof Failure && compiled.error.code === "missing-module") throw compiled.error;
  if ("faults" in checked && checked.faults.length > 0) throw typeFailure(checked.faults);
  if ("error" in compiled) throw compiled.error;
  if ("error" in checked)
    throw new Failure(checked.error.message, { code: "no-typescript", exit: exitCode.environment, cause: checked.error });
  return compiled.assembly;
}

async function compileConfig(config: string, { folder, ...options }: Loading): Promise<Assembly> {
  // Node warns when the app's package.json has no "type"; it reads the file rightly all the same.
  const warnings = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if ((warning as { code?: string }).code !== "MODULE_TYPELESS_PACKAGE_JSON") for (const listener of warnings) listener(warning);
  });
  const [{ compile }, module] = await Promise.all([
    import("@plinth/compiler"),
    import(pathToFileURL(config).href).catch((error: unknown) => {
      throw unreadable(error, config);
    }) as Promise<{ default?: unknown }>,
  ]);
  const { appDataOf } = await import("@plinth/language/reading");
  const app = module.default;
  if (!appDataOf(app)) {
    throw new Failure(`${configName} exports no app: its default export is ${describe(app)}.`, {
      code: "no-app",
      exit: exitCode.app,
      remedy: 'export default app("name", { region: "eu-central-1" }, () => { … })',
    });
  }
  try {
    return compile(app as Parameters<typeof compile>[0], { ...options, configFolder: folder });
  } catch (error) {
    if (error instanceof Error && error.name === "AppFaults") throw faultsFailure((error as Error & { faults: readonly Fault[] }).faults);
    throw threw(error, config);
  }
}

const describe = (value: unknown) =>
  value === undefined
    ? "missing"
    : value === null
      ? "null"
      : typeof value === "object"
        ? "an object that app() has not made"
        : `a ${typeof value}`;

/** The file cannot be imported: syntax, a module that is not there, or it threw. */
function unreadable(error: unknown, config: string): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    const [, name = "a module"] = /Cannot find (?:package|module) '([^']+)'/.exec(message) ?? [];
    return new Failure(`${configName} imports ${name}, which is not installed.`, {
      code: "missing-module",
      exit: exitCode.app,
      remedy: name.startsWith("/") ? "Is its path right, with the ending .ts?" : `npm install ${name}`,
      cause: error,
    });
  }
  if (error instanceof SyntaxError || code === "ERR_INVALID_TYPESCRIPT_SYNTAX" || code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    const place = /plinth\.config\.ts:(\d+)/.exec((error as Error).stack ?? "")?.[1];
    const what =
      message
        .split("\n")
        .map((line) => line.trim())
        .find((line) => line !== "") ?? message;
    return new Failure(`${configName}${place ? `:${place}` : ""} is not valid TypeScript: ${what}`, {
      code: "config-unreadable",
      exit: exitCode.app,
      cause: error,
    });
  }
  return threw(error, config);
}

function threw(error: unknown, config: string): Failure {
  if (error instanceof Failure) return error;
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const line = stack.split("\n").find((one) => one.includes(config));
  const place = line && /plinth\.config\.ts:(\d+)/.exec(line)?.[1];
  const what = error instanceof Error ? error.message : String(error);
  return new Failure(`${configName}${place ? `:${place}` : ""} threw: ${what}`, {
    code: "config-threw",
    exit: exitCode.app,
    cause: error,
  });
}

function typeFailure(faults: readonly TypeFault[]): Failure {
  const lines = faults.map(({ source, key, message }) => `${source}${key === undefined ? "" : ` ${key}`}: ${message}`);
  return new Failure(
    faults.length === 1 ? `${configName} does not type-check.` : `${configName} does not type-check in ${faults.length} places.`,
    {
      code: "types",
      exit: exitCode.app,
      evidence: lines,
      remedy: "Nothing was touched.",
    },
  );
}

function faultsFailure(faults: readonly Fault[]): Failure {
  const lines = faults.flatMap(({ source, key, message, remedy }) => {
    const at = [source, key].filter((part) => part !== undefined && !message.includes(part)).join(" ");
    return [`${at === "" ? "" : `${at}: `}${message}`, ...(remedy === undefined ? [] : [`  ${remedy}`])];
  });
  return new Failure(faults.length === 1 ? `${configName} does not hold.` : `${configName} does not hold: ${faults.length} faults.`, {
    code: "faults",
    exit: exitCode.app,
    evidence: lines,
    remedy: "Nothing was touched.",
  });
}
