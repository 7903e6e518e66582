/** The embedded cloud's process: `plinth-cloud --state DIR`, or `--end-leftovers` after a kill. */
import { parseArgs } from "node:util";
import { reportingConsole } from "./reports.ts";
import type { ExpectedDatabase } from "./runtime/postgres/prepared-data.ts";
import { StartFailure } from "./start-failure.ts";

globalThis.console = reportingConsole(2);

const usage =
  "usage: plinth-cloud --state DIR [--port N] [--dns-port N] [--account-reset] [--unsynced] [--prepare-postgres MAJOR[+vector],…] | " +
  "plinth-cloud --state DIR --end-leftovers";

interface Arguments {
  state: string;
  port: number | undefined;
  dnsPort: number | undefined;
  accountReset: boolean;
  outlivesPowerCut: boolean;
  preparePostgres: ExpectedDatabase[];
  endLeftovers: boolean;
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) throw new Error(`--${option} is a number from 0 to 65535`);
  return port;
}

function databasesOf(text: string): ExpectedDatabase[] {
  return (text === "" ? [] : text.split(",")).map((one) => {
    const [, major, vector] = /^(\d+)(\+vector)?$/.exec(one.trim()) ?? [];
    if (major === undefined) throw new Error("--prepare-postgres is a list of majors, with pgvector or without: 16,17+vector");
    return { major: Number(major), vector: vector !== undefined };
  });
}

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        state: { type: "string" },
        port: { type: "string" },
        "dns-port": { type: "string" },
        "account-reset": { type: "boolean", default: false },
        unsynced: { type: "boolean", default: process.env.PLINTH_UNSYNCED === "1" },
        "prepare-postgres": { type: "string", default: "" },
        "end-leftovers": { type: "boolean", default: false },
      },
    });
    if (!values.state) throw new Error("--state is required");
    const [port, dnsPort] = [portOf("port", values.port), portOf("dns-port", values["dns-port"])];
    return {
      state: values.state,
      port,
      dnsPort,
      accountReset: values["account-reset"],
      outlivesPowerCut: !values.unsynced,
      preparePostgres: databasesOf(values["prepare-postgres"]),
      endLeftovers: values["end-leftovers"],
    };
  } catch (error) {
    throw new StartFailure("usage", `${(error as Error).message}; ${usage}`);
  }
}

function fail(error: unknown): never {
  const failure =
    error instanceof StartFailure
      ? error
      : new StartFailure("internal", error instanceof Error ? (error.stack ?? error.message) : String(error));
  console.error(JSON.stringify({ code: failure.code, message: failure.message }));
  process.exit(failure.code === "usage" ? 2 : 1);
}

try {
  const given = readArguments();
  // All services come with it: a wrong argument is told before they are loaded.
  const { startCloud, endLeftovers } = await import("./process.ts");
  if (given.endLeftovers) {
    console.log(JSON.stringify({ ended: await endLeftovers(given.state) }));
    process.exit(0);
  }
  const running = await startCloud(given);
  // A fault in one service must not take the others' work with it, nor go unseen.
  const unseen = (error: unknown) =>
    console.error("an error that nothing caught:", error instanceof Error ? (error.stack ?? error.message) : error);
  process.on("uncaughtException", unseen);
  process.on("unhandledRejection", unseen);

  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  console.log(JSON.stringify(running.description));
} catch (error) {
  fail(error);
}
