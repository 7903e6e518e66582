/** A running Redis: the machine's `valkey-server` or `redis-server`, else the built-in server, each a process of its own. */
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Cloud } from "../../cloud.ts";
import type { ProcessExit, RunningProcess } from "../../world.ts";
import { authorityFile, certificateFor } from "../authority.ts";
import { compiledOnce, ownProgram } from "../own-program.ts";
import { encode } from "./server/reply.ts";

export interface RedisRequest {
  /** Whose it is, as `elasticache/eu-central-1/NAME`. */
  owner: string;
  /** Its own folder, mode 0700; holds the data and the configuration. */
  folder: string;
  address: string;
  port: number;
  tls: boolean;
  /** Of which each is accepted; none: everybody is. */
  passwords: readonly string[];
  maxMemoryBytes: number;
  /** By Redis's names. */
  parameters: Readonly<Record<string, string>>;
}

export interface RedisServer {
  /** `valkey 8.0.1`, `redis 7.0.15` or `built-in 7.0.0`. */
  readonly servedBy: string;
  readonly exited: Promise<ProcessExit>;
  /** From the next connection on these passwords are accepted; open connections stay. */
  setPasswords(passwords: readonly string[]): Promise<void>;
  /** From now on; what takes effect only at a start is taken then. */
  setParameters(parameters: Readonly<Record<string, string>>): Promise<void>;
  /** INFO's fields. */
  info(): Promise<ReadonlyMap<string, string>>;
  stop(): Promise<void>;
  usage(): { cpuSeconds: number; residentBytes: number } | undefined;
}

/** What the built-in server says it is: the version whose commands it follows. */
export const builtInVersion = "7.0.0";

/** Parameters that a real server takes in its configuration; others are recorded. */
const passedOn = new Set(
  "maxmemory-policy maxmemory-samples timeout tcp-keepalive notify-keyspace-events hash-max-listpack-entries hash-max-listpack-value list-max-listpack-size set-max-intset-entries zset-max-listpack-entries zset-max-listpack-value slowlog-log-slower-than slowlog-max-len databases lazyfree-lazy-eviction lazyfree-lazy-expire lazyfree-lazy-server-del activerehashing stream-node-max-bytes stream-node-max-entries".split(
    " ",
  ),
);

/** Whether a server started now would be a real one of the machine's, or the built-in one. */
export const servedHereBy = (cloud: Cloud): "real" | "built-in" => (realServer(cloud) ? "real" : "built-in");

const realServer = ({ world }: Cloud): string | undefined =>
  process.env.PLINTH_REDIS === "built-in" ? undefined : world.processes.find("valkey-server", "redis-server");

export async function startRedis(
  cloud: Cloud,
  request: RedisRequest,
  { builtIn = false }: { builtIn?: boolean } = {},
): Promise<RedisServer> {
  const { processes, disk } = cloud.world;
  await disk.files.mkdir(request.folder, { recursive: true, mode: 0o700 });
  const certificate = request.tls
    ? await certificateFor(cloud, { owner: request.owner, names: ["localhost"], addresses: [request.address] })
    : undefined;
  const real = builtIn ? undefined : realServer(cloud);
  const configurationFile = `${request.folder}/${real ? "redis.conf" : "built-in.json"}`;
  let { passwords, parameters: given } = request;
  const write = async () => {
    if (real)
      return disk.replaceFile(configurationFile, await realConfiguration(cloud, { ...request, passwords, parameters: given }, certificate));
    const parameters = { ...given, maxmemory: String(request.maxMemoryBytes) };
    await disk.replaceFile(
      configurationFile,
      JSON.stringify({
        address: request.address,
        port: request.port,
        version: builtInVersion,
        passwords,
        tls: certificate,
        appendOnlyFile: `${request.folder}/built-in.aof`,
        parameters,
      }),
    );
  };
  await write();
  const running = real
    ? processes.spawn({ command: real, args: [configurationFile], env: { PATH: "/usr/bin:/bin", LC_ALL: "C" }, cwd: request.folder })
    : processes.spawn({
        command: process.execPath,
        args: [ownProgram("./server/main", import.meta.url), configurationFile],
        env: { NODE_NO_WARNINGS: "1", ...compiledOnce() },
        cwd: request.folder,
      });
  const version = await whenReady(running, real !== undefined);
  const ask = (...commands: string[][]) => exchange(cloud, request, passwords[0], commands);
  const reload = async () => {
    const reloaded = new Promise<void>((done) => running.stdout?.once("data", () => done()));
    running.signal("SIGHUP");
    await Promise.race([reloaded, running.exited]);
  };
  return {
    servedBy: real ? `${real.includes("valkey") ? "valkey" : "redis"} ${version}` : `built-in ${builtInVersion}`,
    exited: running.exited,
    async setPasswords(next) {
      if (real)
        await ask(["ACL", "SETUSER", "default", "resetpass", ...(next.length > 0 ? next.map((password) => `>${password}`) : ["nopass"])]);
      passwords = next;
      await write();
      if (!real) await reload();
    },
    async setParameters(next) {
      const changed = Object.entries(next).filter(([name, value]) => passedOn.has(name) && name !== "databases" && given[name] !== value);
      given = next;
      await write();
      if (!real) return reload();
      if (changed.length > 0) await ask(...changed.map((each) => ["CONFIG", "SET", ...each]));
    },
    async info() {
      const text = await ask(["INFO"]);
      return new Map([...text.matchAll(/^([a-z_0-9]+):(.*?)\r?$/gm)].map((match) => [match[1]!, match[2]!]));
    },
    async stop() {
      running.signal("SIGTERM");
      const giveUp = cloud.world.clock.after(10_000, () => running.signal("SIGKILL"));
      await running.exited;
      giveUp();
    },
    usage: () => running.usage(),
  };
}

async function realConfiguration(
  cloud: Cloud,
  request: RedisRequest,
  certificate: { certificateFile: string; keyFile: string } | undefined,
): Promise<string> {
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const lines = [
    `bind ${request.address}`,
    `port ${request.tls ? 0 : request.port}`,
    ...(certificate
      ? [
          `tls-port ${request.port}`,
          `tls-cert-file ${quoted(certificate.certificateFile)}`,
          `tls-key-file ${quoted(certificate.keyFile)}`,
          `tls-ca-cert-file ${quoted(await authorityFile(cloud))}`,
          "tls-auth-clients no",
        ]
      : []),
    "protected-mode no",
    "daemonize no",
    `dir ${quoted(request.folder)}`,
    "appendonly yes",
    "appendfsync everysec",
    'save ""',
    `maxmemory ${request.maxMemoryBytes}`,
    `user default on ${request.passwords.length > 0 ? request.passwords.map((password) => `>${password}`).join(" ") : "nopass"} ~* &* +@all`,
    ...Object.entries(request.parameters).flatMap(([name, value]) => (passedOn.has(name) ? [`${name} ${quoted(value)}`] : [])),
  ];
  return `${lines.join("\n")}\n`;
}

/** Resolves with the version that the server names when it takes connections; rejects with its last words when it ends first. */
function whenReady(running: RunningProcess, real: boolean): Promise<string> {
  return new Promise((done, fail) => {
    let said = "";
    const hear = (bytes: Buffer) => {
      said = (said + bytes.toString("utf8")).slice(-20_000);
      if (real ? /eady to accept connections/.test(said) : said.startsWith("ready")) done(/version=([\d.]+)/.exec(said)?.[1] ?? "");
    };
    running.stdout?.on("data", hear);
    let faults = "";
    running.stderr?.on("data", (bytes: Buffer) => (faults = (faults + bytes.toString("utf8")).slice(-4000)));
    void running.exited.then((exit) => {
      const words = "error" in exit ? exit.error.message : `${faults}\n${said}`.trim().split("\n").slice(-8).join("\n");
      fail(new Error(`Redis did not start; its last words:\n${words}`));
      return undefined;
    });
  });
}

/** Sends commands on a connection of its own and resolves with the raw answer to the last one; rejects with Redis's error. */
async function exchange(
  cloud: Cloud,
  { address, port, tls }: RedisRequest,
  password: string | undefined,
  commands: readonly string[][],
): Promise<string> {
  const ca = tls ? await cloud.world.disk.files.readFile(await authorityFile(cloud)) : undefined;
  const all = [...(password === undefined ? [] : [["AUTH", password]]), ...commands, ["QUIT"]];
  return new Promise((done, fail) => {
    const socket = tls ? connectTls({ host: address, port, ca }) : connectTcp({ host: address, port });
    let answer = "";
    socket.setTimeout(5000, () => socket.destroy(new Error("Redis does not answer")));
    socket.on("error", fail);
    socket.on("data", (bytes: Buffer) => (answer += bytes.toString("latin1")));
    socket.on("close", () => {
      const fault = /^-(.*)\r$/m.exec(answer);
      if (fault) fail(new Error(fault[1]));
      else done(answer);
    });
    socket.write(all.map((command) => encode(command, 2)).join(""), "latin1");
  });
}
