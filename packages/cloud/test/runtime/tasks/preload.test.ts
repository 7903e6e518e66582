/** The preload: a Node program of a task listens on the task's own address, and finds its own ports and other tasks by name. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const preload = fileURLToPath(new URL("../../../src/runtime/tasks/preload.cjs", import.meta.url));

async function run(program: string, env: Record<string, string> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-preload-"));
  const main = join(folder, "main.mjs");
  writeFileSync(main, program);
  try {
    return await new Promise((done, fail) => {
      execFile(
        process.execPath,
        ["--require", preload, main],
        { env: { PATH: process.env.PATH, PLINTH_TASK_ADDRESS: "127.99.1.2", PLINTH_TASK_PORTS: "3923=3923", ...env } },
        (error, stdout, stderr) => (error ? fail(new Error(stderr)) : done(stdout.trim())),
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const shown = `const { address, port } = server.address(); console.log(address, port > 0 ? (port === 3923 ? port : "any") : "none"); server.close();`;

test.skipIf(process.platform !== "linux").each([
  ["listen(3923)", "127.99.1.2 3923"],
  ['listen(3923, "0.0.0.0")', "127.99.1.2 3923"],
  ['listen("3923", "::")', "127.99.1.2 3923"],
  ['listen(3923, "localhost")', "127.99.1.2 3923"],
  ["listen({ port: 3923, ipv6Only: false })", "127.99.1.2 3923"],
  ["listen()", "127.99.1.2 any"],
  ["listen(0, undefined, 10)", "127.99.1.2 any"],
  ['listen(0, "127.0.0.1")', "127.0.0.1 any"],
  ['listen(0, "127.99.9.9")', "127.99.9.9 any"],
])("%s → %s", async (listen, expected) => {
  expect(
    await run(
      `import { createServer } from "node:net"; const server = createServer(); server.on("listening", () => { ${shown} }); server.${listen};`,
    ),
  ).toBe(expected);
});

test.skipIf(process.platform !== "linux")("workers of a cluster share the task's port", async () => {
  const program = `
    import cluster from "node:cluster"; import http from "node:http";
    if (cluster.isPrimary) {
      for (let n = 0; n < 2; n++) cluster.fork();
      let listening = 0;
      cluster.on("listening", (worker, { address }) => {
        if (++listening < 2) return;
        console.log(address);
        for (const each of Object.values(cluster.workers)) each.kill();
      });
    } else http.createServer().listen(3923);`;
  expect(await run(program)).toBe("127.99.1.2");
});

test.skipIf(process.platform !== "linux")("localhost with a container port is the task itself; other ports are not moved", async () => {
  const program = `
    import { createServer, connect } from "node:net";
    const inside = createServer((socket) => socket.end("inside")).listen(3923);
    const outside = createServer((socket) => socket.end("outside")).listen(0, "127.0.0.1", async () => {
      for (const target of [[3923], [3923, "localhost"], [{ port: 3923, host: "127.0.0.1" }], [outside.address().port, "127.0.0.1"]]) {
        console.log(await new Promise((done) => connect(...target).on("data", (text) => done(String(text)))));
      }
      inside.close(); outside.close();
    });`;
  expect((await run(program)).split("\n")).toEqual(["inside", "inside", "inside", "outside"]);
});

test("names resolve from the hosts file, as it is at that moment", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-hosts-"));
  try {
    const hosts = join(folder, "hosts");
    writeFileSync(hosts, "127.99.1.3 ip-10-0-0-3.internal other # a comment\n127.99.1.4 other\n");
    const program = `
      import dns from "node:dns";
      dns.lookup("OTHER", { all: true }, async (error, found) => {
        console.log(JSON.stringify(found));
        console.log((await dns.promises.lookup("ip-10-0-0-3.internal")).address);
        dns.lookup("localhost", 4, (error, address) => console.log(address));
      });`;
    expect((await run(program, { PLINTH_TASK_HOSTS: hosts })).split("\n")).toEqual([
      '[{"address":"127.99.1.3","family":4},{"address":"127.99.1.4","family":4}]',
      "127.99.1.3",
      "127.0.0.1",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
