import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ptyWriter } from "../../src/world/pty-writer.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "plinth-pty-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

test("what is typed while the program does not read waits, and comes whole and in order", async () => {
  const pipe = join(folder, "pipe");
  spawnSync("mkfifo", [pipe]);
  const reading = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  const writer = ptyWriter(writing, () => true);
  const typed = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
  writer.write(typed.subarray(0, 200_000));
  writer.write(typed.subarray(200_000));
  const read: Buffer[] = [];
  await expect.poll(() => readAll(reading, read)).toBe(typed.length);
  expect(Buffer.concat(read).equals(typed)).toBe(true);
  closeSync(reading);
  closeSync(writing);
});

test("nothing is written any more once the terminal is closed: its descriptor is somebody else's then", () => {
  const file = join(folder, "another's");
  const another = openSync(file, "w");
  let open = true;
  const writer = ptyWriter(another, () => open);
  writer.write(Buffer.from("typed"));
  open = false;
  writer.write(Buffer.from(" too late"));
  expect(readFileSync(file, "utf8")).toBe("typed");
  closeSync(another);
});

/** Reads what is there just now. @returns how much has come so far. */
function readAll(descriptor: number, into: Buffer[]): number {
  const piece = Buffer.alloc(65_536);
  try {
    for (let length; (length = readSync(descriptor, piece)) > 0;) into.push(Buffer.from(piece.subarray(0, length)));
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("EAGAIN");
  }
  return into.reduce((sum, { length }) => sum + length, 0);
}
