/** The cloud's certificate authority, by what a TLS client makes of its certificates. */
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { authorityFile, certificateFor } from "../../src/runtime/authority.ts";
import { assembleCloud } from "../../src/assemble.ts";
import { openStore } from "../../src/store.ts";
import { simulatedWorld } from "../../src/world/simulated.ts";
import { startTestCloud } from "../cloud.ts";

test("a certificate is trusted by its address and its name through the authority's file alone", async () => {
  await using it = await startTestCloud();
  const files = await certificateFor(it.cloud, { owner: "a", names: ["db.test"], addresses: ["127.0.0.1"] });
  expect((await stat(files.keyFile)).mode & 0o777).toBe(0o600);
  const server = createServer({ cert: await readFile(files.certificateFile), key: await readFile(files.keyFile) });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const ca = await readFile(await authorityFile(it.cloud));
  try {
    for (const options of [{ host: "127.0.0.1" }, { host: "127.0.0.1", servername: "db.test" }]) {
      const socket = connect({ port, ca, ...options });
      await new Promise((done, fail) => socket.once("secureConnect", done).once("error", fail));
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    const stranger = connect({ port, ca, host: "127.0.0.1", servername: "other.test" });
    const fault = await new Promise<Error>((done) => stranger.once("error", done));
    expect((fault as NodeJS.ErrnoException).code).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  } finally {
    await new Promise((done) => server.close(done));
  }
});

test("callers at once share one authority and one certificate, kept until it nears its end or its names change", async () => {
  // Without its services: a year passes here, and they act each minute.
  const folder = mkdtempSync(join(tmpdir(), "plinth-authority-"));
  const world = simulatedWorld({ seed: 1, folder });
  const store = openStore(folder, { outlivesPowerCut: false });
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const it = { world, cloud: assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:1" }) };
  const request = { owner: "b", names: ["b.test"], addresses: ["127.64.0.9"] };
  const [one, two] = await Promise.all([certificateFor(it.cloud, request), certificateFor(it.cloud, request)]);
  expect(one).toEqual(two);
  const first = await readFile(one.certificateFile, "utf8");
  await certificateFor(it.cloud, request);
  expect(await readFile(one.certificateFile, "utf8")).toBe(first);
  await certificateFor(it.cloud, { ...request, addresses: ["127.64.0.10"] });
  const second = await readFile(one.certificateFile, "utf8");
  expect(second).not.toBe(first);
  await it.world.clock.sleepThrough(370 * 24 * 60 * 60 * 1000);
  await certificateFor(it.cloud, { ...request, addresses: ["127.64.0.10"] });
  expect(await readFile(one.certificateFile, "utf8")).not.toBe(second);
});
