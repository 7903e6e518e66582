/** Work that nobody waits for does not outlive the cloud. */
import { expect, test, vi } from "vitest";
import { startTestCloud } from "./cloud.ts";

test.each(["stop", "reset"] as const)("a %s waits for what goes on in the background; what fails there is told", async (ending) => {
  await using it = await startTestCloud();
  const told = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    const { promise, resolve } = Promise.withResolvers<void>();
    const events: string[] = [];
    it.cloud.inBackground(
      "letters: one",
      promise.then(() => void events.push(`written with the store open: ${it.cloud.store.state.isOpen}`)),
    );
    it.cloud.inBackground("letters: another", Promise.reject(new Error("no ink")));
    const ended = it.cloud[ending]().then(() => events.push("ended"));
    await new Promise((done) => setImmediate(done));
    expect(events).toEqual([]);
    resolve();
    await ended;
    expect(events).toEqual(["written with the store open: true", "ended"]);
    expect(told.mock.calls).toEqual([["letters: another failed:", new Error("no ink")]]);
  } finally {
    told.mockRestore();
  }
});
