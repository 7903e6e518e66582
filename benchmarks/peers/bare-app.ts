/** Starts a program without a cloud, and tells how long it took to its first answer. */
import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { end, node } from "../measure.ts";

export async function firstAnswerMs(program: string, env: NodeJS.ProcessEnv, path: string, args: readonly string[] = []): Promise<number> {
  const port = await freePort();
  const startMs = performance.now();
  const child = spawn(node, [program, ...args], {
    env: { ...env, PORT: String(port), HOST: "127.0.0.1" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
      if (answer?.ok) return performance.now() - startMs;
      if (performance.now() - startMs > 60_000) throw new Error("the bare app does not answer");
      await new Promise((done) => setTimeout(done, 5));
    }
  } finally {
    await end(child);
  }
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}
