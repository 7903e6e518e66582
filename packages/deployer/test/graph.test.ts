import { expect, test } from "vitest";
import { runGraph } from "../src/graph.ts";

test("independent steps run at once, dependent ones after", async () => {
  const begun: string[] = [];
  const gate = Promise.withResolvers<void>();
  const step = (id: string, after: string[], act = async () => {}) => ({
    id,
    after,
    async act() {
      begun.push(id);
      await act();
    },
  });
  const all = runGraph([step("c", ["a", "b"]), step("a", [], () => gate.promise), step("b", [])]);
  await new Promise(setImmediate);
  expect(begun).toEqual(["a", "b"]);
  gate.resolve();
  await all;
  expect(begun).toEqual(["a", "b", "c"]);
});

test("after a failure what runs is let finish, nothing more is begun, and the first failure is thrown", async () => {
  const finished: string[] = [];
  const gate = Promise.withResolvers<void>();
  const all = runGraph([
    { id: "fails", after: [], act: () => Promise.reject(new Error("first")) },
    { id: "runs", after: [], act: () => gate.promise.then(() => void finished.push("runs")) },
    { id: "never", after: ["fails"], act: async () => void finished.push("never") },
    { id: "nor this", after: ["runs"], act: async () => void finished.push("nor this") },
  ]);
  setImmediate(() => gate.resolve());
  await expect(all).rejects.toThrow("first");
  expect(finished).toEqual(["runs"]);
});

test("going on beside a failure leaves out only what needs what failed", async () => {
  const finished: string[] = [];
  const gate = Promise.withResolvers<void>();
  const all = runGraph(
    [
      { id: "fails", after: [], act: () => Promise.reject(new Error("first")) },
      { id: "never", after: ["fails"], act: async () => void finished.push("never") },
      { id: "nor this", after: ["never", "runs"], act: async () => void finished.push("nor this") },
      { id: "runs", after: [], act: () => gate.promise.then(() => void finished.push("runs")) },
      { id: "after it", after: ["runs"], act: async () => void finished.push("after it") },
    ],
    "go-on-beside",
  );
  setImmediate(() => gate.resolve());
  await expect(all).rejects.toThrow("first");
  expect(finished).toEqual(["runs", "after it"]);
});

test("a cycle and an unknown step are told", async () => {
  await expect(
    runGraph([
      { id: "a", after: ["b"], act: async () => {} },
      { id: "b", after: ["a"], act: async () => {} },
    ]),
  ).rejects.toThrow("a → b → a");
  await expect(runGraph([{ id: "a", after: ["x"], act: async () => {} }])).rejects.toThrow("a waits for x, which is no step");
});
