/** The database of threa started without a cloud: PostgreSQL's own `initdb` and start where the system has pgvector for it, else PGlite's. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
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
  /** From an empty folder to taking connections, `vector` included. */
  readyMs: number;
}

export async function startBareDatabase(): Promise<BareDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bare-"));
  return existsSync(`/usr/share/postgresql/${major}/extension/vector.control`) ? startPostgres(folder) : startPglite(folder);
}

async function startPglite(folder: string): Promise<BareDatabase> {
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

async function startPostgres(folder: string): Promise<BareDatabase> {
  const packaged = dirname(
    createRequire(join(root, "packages/cloud/package.json")).resolve(`postgres-${major}-${process.platform}-${process.arch}/package.json`),
  );
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  // As root PostgreSQL does not start: a user namespace makes it somebody else.
  const as = process.getuid?.() === 0 ? ["unshare", "-U", "--map-user=65534", "--map-group=65534"] : [];
  const command = (program: string, ...args: string[]) => [...as, join(packaged, "native/bin", program), ...args] as [string, ...string[]];
  const port = await freePort();
  const startMs = performance.now();
  const [initdb, ...initdbArgs] = command("initdb", "-D", data, "-U", "postgres", "-A", "trust");
  execFileSync(initdb, initdbArgs, { stdio: "ignore" });
  const [postgres, ...postgresArgs] = command("postgres", "-D", data, "-p", String(port), "-k", folder, "-h", "127.0.0.1");
  const child = spawn(postgres, postgresArgs, { stdio: "ignore" });
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await connect(url);
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

async function connect(url: string): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.query("create extension if not exists vector");
      return await client.end();
    } catch {
      await new Promise((done) => setTimeout(done, 5));
    }
  }
  throw new Error("the bare database does not take connections");
}
