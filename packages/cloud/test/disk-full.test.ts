/** A note that finds no room on the disk is written when there is some; a cloud that stops meanwhile does not wait for it. */
import { expect, test } from "vitest";
import { isDiskFull, isWaitingForRoom, waitForServerRoom, whenRoom } from "../src/disk-full.ts";
import { fakeCloud } from "./cloudformation/fake-cloud.ts";

const full = () => Object.assign(new Error("database or disk is full"), { errcode: 13 });

test("a write waits for room, and whoever asks is told that it does", async () => {
  using fake = fakeCloud();
  const { cloud, world } = fake;
  let room = false;
  let written = 0;
  const done = whenRoom(cloud, () => {
    if (!room) throw full();
    written++;
  });
  expect([isWaitingForRoom(cloud), written]).toEqual([true, 0]);
  await world.clock.advance(5_000);
  expect([isWaitingForRoom(cloud), written]).toEqual([true, 0]);
  room = true;
  await world.clock.advance(1_000);
  await done;
  expect([isWaitingForRoom(cloud), written]).toEqual([false, 1]);
});

test("another trouble is not waited out", async () => {
  using fake = fakeCloud();
  const broken = whenRoom(fake.cloud, () => {
    throw new Error("no such table");
  });
  await expect(broken).rejects.toThrow("no such table");
  expect(isWaitingForRoom(fake.cloud)).toBe(false);
});

test("SQLite's and the system's words for it are known, also as a cause", () => {
  expect([full(), Object.assign(new Error("x"), { code: "ENOSPC" }), new Error("x", { cause: full() })].map(isDiskFull)).toEqual([
    true,
    true,
    true,
  ]);
  expect([new Error("x"), "x", Object.assign(new Error("x"), { errcode: 8 })].map(isDiskFull)).toEqual([false, false, false]);
});

test("a disk with room is not to blame for a server that does not start", async () => {
  using fake = fakeCloud();
  expect(await waitForServerRoom(fake.cloud)).toBe(false);
});
