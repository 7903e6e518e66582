/** A database started without a cloud: PostgreSQL's own `initdb` and start, or for `vector` PGlite's where the system has no pgvector for it. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { end, firstLine, node, root } from "../measure.ts";
import { freePort } from "./bare-app.ts";

const major = 16;

export interface BareDatabase extends AsyncDisposable {
  url: string;
  servedBy: string;
  /** From an empty folder to taking connections, the extension included. */
  readyMs: number;
}

/** With `vector`. */
export async function startBareDatabase(): Promise<BareDatabase> {
  return existsSync(`/usr/share/postgresql/${major}/extension/vector.control`)
    ? startBarePostgres("create extension if not exists vector")
    : startPglite();
}

async function startPglite(): Promise<BareDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bare-"));
  const startMs = performance.now();
  const child = spawn(node, [join(root, "benchmarks/peers/pglite-server.ts"), join(folder, "data")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await firstLine(child);
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    servedBy: "PGlite",
    readyMs: performance.now() - startMs,
    async [Symbol.asyncDispose]() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ready when it has answered `firstQuery`. */
export async function startBarePostgres(firstQuery = "select 1"): Promise<BareDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bare-"));
  const require = createRequire(join(root, "packages/cloud/package.json"));
  const packaged = dirname(dirname(require.resolve(`postgres-${major}-${process.platform}-${process.arch}`)));
  const native = join(folder, "native");
  install(packaged, folder);
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  // As root PostgreSQL does not start: a user namespace makes it somebody else.
  const as = process.getuid?.() === 0 ? ["unshare", "-U", "--map-user=65534", "--map-group=65534"] : [];
  const command = (program: string, ...args: string[]) => [...as, join(native, "bin", program), ...args] as [string, ...string[]];
  const port = await freePort();
  const startMs = performance.now();
  const [initdb, ...initdbArgs] = command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync");
  execFileSync(initdb, initdbArgs, { stdio: "ignore" });
  const [postgres, ...postgresArgs] = command("postgres", "-D", data, "-p", String(port), "-k", folder, "-h", "127.0.0.1");
  const child = spawn(postgres, postgresArgs, { stdio: "ignore" });
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await connect(url, firstQuery);
  return {
    url,
    servedBy: `PostgreSQL ${major}`,
    readyMs: performance.now() - startMs,
    async [Symbol.asyncDispose]() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A copy of the package's binaries, with what its install script does, which npm may not have run. */
function install(packaged: string, folder: string): void {
  cpSync(join(packaged, "native"), join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  for (const program of ["initdb", "postgres"]) chmodSync(join(folder, "native/bin", program), 0o755);
  const links = JSON.parse(readFileSync(join(packaged, "native/pg-symlinks.json"), "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    if (!existsSync(join(folder, target))) symlinkSync(join(folder, source), join(folder, target));
  }
}

async function connect(url: string, firstQuery: string): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.query(firstQuery);
      return await client.end();
    } catch {
      await new Promise((done) => setTimeout(done, 5));
    }
  }
  throw new Error("the bare database does not take connections");
}
