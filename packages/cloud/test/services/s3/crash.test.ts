/** A kill at any moment: what was acknowledged is there whole, what was not is there whole or not at all, and no file is left over. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";

const bin = join(import.meta.dirname, "../../../bin/plinth-cloud.js");
const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;

let folder: string;
let kill: () => Promise<void> = async () => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plinth-s3-crash-"));
});
afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<string> {
  const child = spawn(process.execPath, [bin, "--state", folder, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) return (JSON.parse(line) as { endpoint: string }).endpoint;
  throw new Error("it did not start");
}

const send = async (method: string, url: string, body?: string) => {
  const answer = await fetch(url, { method, headers: { authorization }, ...(body !== undefined && { body }) });
  return { status: answer.status, text: await answer.text() };
};
const files = () =>
  readdirSync(join(folder, "s3", "objects"), { recursive: true }).filter((name) =>
    statSync(join(folder, "s3", "objects", String(name))).isFile(),
  );

it("leaves neither half objects nor files", async () => {
  let endpoint = await start();
  await send("PUT", `${endpoint}/bucket`);
  await send("PUT", `${endpoint}/bucket/large`, "old");
  const begun = await send("POST", `${endpoint}/bucket/parts?uploads`);
  const uploadId = /<UploadId>(.*)<\/UploadId>/u.exec(begun.text)![1]!;
  expect((await send("PUT", `${endpoint}/bucket/parts?partNumber=1&uploadId=${uploadId}`, "part")).status).toBe(200);

  // One that never ends, and small ones all the time.
  const upload = httpRequest(`${endpoint}/bucket/large`, { method: "PUT", headers: { authorization, "content-length": 100_000_000 } });
  upload.on("error", () => {});
  upload.write(Buffer.alloc(3_000_000));
  const tried = new Map<string, string>();
  const acknowledged = new Map<string, string>();
  const writing = new AbortController();
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; !writing.signal.aborted; round++) {
      const [key, content] = [`small-${writer}`, `${writer}:${round}`.repeat(500)];
      tried.set(key, content);
      try {
        if ((await send("PUT", `${endpoint}/bucket/${key}`, content)).status === 200) acknowledged.set(key, content);
      } catch {
        return;
      }
    }
  });
  while (acknowledged.size < 8 || files().length < 11) await new Promise((done) => setImmediate(done));
  await kill();
  writing.abort();
  await Promise.all(writers);

  endpoint = await start();
  expect(await send("GET", `${endpoint}/bucket/large`)).toEqual({ status: 200, text: "old" });
  for (const [key, content] of acknowledged) {
    const { status, text } = await send("GET", `${endpoint}/bucket/${key}`);
    expect([status, text === content || text === tried.get(key)], key).toEqual([200, true]);
  }
  // The old object, the part, and one for each of the small ones.
  expect(files()).toHaveLength(2 + acknowledged.size);
  expect((await send("GET", `${endpoint}/bucket/parts?uploadId=${uploadId}`)).text).toContain("<PartNumber>1</PartNumber>");
});
