/** A Redis started without a cloud: the one of the machine, else the built-in server by itself. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, node, root } from "../measure.ts";
import { freePort } from "./bare-app.ts";

export interface BareRedis extends AsyncDisposable {
  url: string;
  servedBy: string;
  /** From its start to taking connections. */
  readyMs: number;
}

export async function startBareRedis(): Promise<BareRedis> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bare-"));
  const port = await freePort();
  const real = ["valkey-server", "redis-server"].find((program) => spawnSync(program, ["--version"]).status === 0);
  const startMs = performance.now();
  const child = real
    ? spawn(real, ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder], { stdio: "ignore" })
    : spawn(node, [join(root, "packages/cloud/src/runtime/redis/server/main.ts"), builtInConfiguration(folder, port)], { stdio: "ignore" });
  await taking(port);
  return {
    url: `redis://127.0.0.1:${port}`,
    servedBy: real ?? "the built-in Redis",
    readyMs: performance.now() - startMs,
    async [Symbol.asyncDispose]() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function builtInConfiguration(folder: string, port: number): string {
  const file = join(folder, "configuration.json");
  const configuration = {
    address: "127.0.0.1",
    port,
    version: "7.1.0",
    passwords: [],
    appendOnlyFile: join(folder, "aof"),
    parameters: {},
  };
  writeFileSync(file, JSON.stringify(configuration));
  return file;
}

async function taking(port: number): Promise<void> {
  for (let attempt = 0; attempt < 2000; attempt++) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1", () => done(true)).on("error", () => done(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error("the bare Redis does not take connections");
}
