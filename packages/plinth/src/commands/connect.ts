/** `plinth connect`: databases and caches of a private network, from this machine. */
import type { Store } from "@plinth/compiler";
import type { Tunnel } from "@plinth/deployer/connect/tunnel";
import { loadApp } from "../app/load-app.ts";
import { inPlace } from "../app/placed-app.ts";
import { authorityFile } from "../cloud/cloud-process.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { clientProgram, environmentFor, variableOf, type Opened } from "../connect/client-program.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Connect to databases and caches of a stage from this machine",
  description:
    "Opens a port of this machine that leads to it: through a session of Session Manager in a running task which reaches it and has " +
    "exec: true, or through the bastion. No address has to be public. Of one database it opens psql, of one cache redis-cli, where this " +
    "machine has them; else the port stays open until Ctrl-C. When the task is replaced, another one is taken. Passwords are never on a " +
    "command line.",
  about: "stage",
  json: true,
  arguments: [{ name: "NAME", required: true, rest: true, description: "databases and caches of the app" }],
  options: [
    {
      flags: "--port <port>",
      description: "of this machine; of several NAME=PORT each. Default: its own where that is free, else any",
      many: true,
    },
    { flags: "--print", description: "print the connection string, with its password, and keep the port open" },
  ],
  behind: "a command to run instead of psql, with DATABASE_URL, CACHE_URL, … and PGHOST, PGPASSWORD, … in its environment",
  examples: [
    { command: "plinth connect database", what: "psql, through a task of the stage local" },
    { command: "plinth connect database cache --stage prod", what: "both at once, until Ctrl-C" },
    { command: "plinth connect database --stage prod --port 15432 --print", what: "for another program: the connection string" },
    { command: "plinth connect database -- pg_dump --format=custom --file=orders.dump", what: "any command; its exit code is this one's" },
  ],
  async run(invocation) {
    const { rest, behind, terminal, signal, json, options } = invocation;
    const loaded = await loadApp(invocation);
    const stores = chosen(loaded.stores, rest, loaded.app);
    const ports = portsOf(options["port"], stores);
    const aws = await connectToRunning(invocation, loaded);
    const tunnels: Tunnel[] = [];
    try {
      const assembly = await inPlace(invocation, loaded, aws);
      const [{ findWay }, { readLogin }, { openTunnel }, { describeStage }, { realTime }] = await Promise.all([
        import("@plinth/deployer/connect/way"),
        import("@plinth/deployer/connect/login"),
        import("@plinth/deployer/connect/tunnel"),
        import("@plinth/deployer/stacks/stack-state"),
        import("@plinth/deployer"),
      ]);
      const stacks = await describeStage(aws, assembly);
      const suffix = stageOptions(invocation);
      const opened: Opened[] = [];
      for (const { name } of stores) {
        const store = assembly.stores.find((one) => one.name === name)!;
        const login = await readLogin(aws, store, stacks, suffix);
        const localPort = ports.get(name);
        const tunnel = await openTunnel(aws, realTime, signal, {
          name,
          host: login.host,
          port: login.port,
          ...(localPort !== undefined && { localPort }),
          findWay: () => findWay({ aws, assembly, stacks, options: suffix }, store),
          note: (message) => terminal.note(message),
        });
        tunnels.push(tunnel);
        const authority = aws.embedded === undefined ? {} : { authority: authorityFile(invocation.folder) };
        opened.push({ name, kind: store.kind, login, host: tunnel.host, port: tunnel.port, ...authority });
        terminal.note(`${name} is reached at ${tunnel.host}:${tunnel.port}, through ${tunnel.through}.`);
        if (store.pauses) terminal.note(`  ${name} sleeps while nobody is connected: the first connection then waits until it is awake.`);
      }
      return await use(opened, tunnels, { print: options["print"] === true, behind, terminal, signal, json });
    } finally {
      await Promise.all(tunnels.map((tunnel) => tunnel.close()));
      aws.close();
    }
  },
};

async function use(
  opened: readonly Opened[],
  tunnels: readonly Tunnel[],
  { print, behind, terminal, signal, json }: Pick<Invocation, "behind" | "terminal" | "signal" | "json"> & { print: boolean },
): Promise<ExitCode> {
  const environment = environmentFor(opened);
  const [only] = opened;
  const own = behind.length === 0 && opened.length === 1 && !print && !json ? clientProgram(only!, process.env["PATH"] ?? "") : undefined;
  const [program, ...args] = behind.length > 0 ? behind : own ? [own.program, ...own.args] : [];
  if (program !== undefined) {
    const ran = terminal.run(program, args, { ...process.env, ...environment }, signal);
    return (await Promise.race([ran, ...tunnels.map(({ ended }) => ended.then(() => exitCode.done))])) as ExitCode;
  }
  if (json) {
    const shown = opened.map(({ name, kind, login, host, port }, index) => ({
      name,
      kind,
      host,
      port,
      through: tunnels[index]!.through,
      ...(login.user !== undefined && { user: login.user }),
      ...(login.database !== undefined && { database: login.database }),
      ...(print && { url: environment[variableOf(name)] }),
    }));
    terminal.print(JSON.stringify(shown));
  } else if (print) {
    for (const { name } of opened) terminal.print(`${opened.length > 1 ? `${variableOf(name)}=` : ""}${environment[variableOf(name)]}`);
  } else {
    for (const { name, kind, login } of opened) {
      const as = kind === "redis" ? "" : ` as ${login.user}, database ${login.database}, sslmode require`;
      terminal.note(`  ${name}${as}: --print shows the connection string with its password`);
    }
    if (opened.length === 1) {
      const missing = only!.kind === "redis" ? "redis-cli or valkey-cli" : "psql";
      terminal.note(`  This machine has no ${missing}, which would be opened here.`);
    }
  }
  terminal.note("Ctrl-C closes it.");
  const stopped = new Promise<void>((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
  await Promise.race([stopped, ...tunnels.map(({ ended }) => ended)]);
  return exitCode.done;
}

function chosen(stores: readonly Store[], names: readonly string[], app: string): Store[] {
  return [...new Set(names)].map((name) => {
    const store = stores.find((one) => one.name === name);
    if (store) return store;
    throw new Failure(`${app} has no database or cache called ${name}.`, {
      code: "not-found",
      exit: exitCode.usage,
      remedy:
        stores.length > 0
          ? `It has: ${stores.map((one) => one.name).join(", ")}.`
          : "It declares none: add postgres() or redis() to plinth.config.ts.",
    });
  });
}

function portsOf(given: string | boolean | undefined, stores: readonly Store[]): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  for (const one of typeof given === "string" ? given.split(",") : []) {
    const [name, text] = one.includes("=") ? (one.split("=") as [string, string]) : [stores.length === 1 ? stores[0]!.name : "", one];
    const port = Number(text);
    const known = stores.some((store) => store.name === name);
    if (known && Number.isInteger(port) && port > 0 && port < 65_536) ports.set(name, port);
    else {
      throw new Failure(
        known || name === ""
          ? `"${one}" is no port for ${stores.map((store) => store.name).join(" and ")}.`
          : `"${name}" is not among what is connected to.`,
        {
          code: "usage",
          exit: exitCode.usage,
          remedy:
            stores.length === 1
              ? "Write a number from 1 to 65535, as --port 15432."
              : `Write --port NAME=PORT, as --port ${stores[0]!.name}=15432.`,
        },
      );
    }
  }
  return ports;
}
