/** Documents come from memory where they were read or written lately, and are always what the database says. */
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../src/store.ts";

interface Note {
  text: string;
  tags: string[];
}

function opened() {
  const store = openStore(":memory:");
  onTestFinished(() => store.close());
  return { store, notes: store.collection<Note>("notes") };
}

/** What lies in the database, whatever is in memory. */
const written = (store: ReturnType<typeof openStore>, key: string) =>
  store.statement("state", "select value from document where collection = 'notes' and scope = 'global' and key = ?").get(key)?.value;

test("a value that was read is the reader's own copy; one that is looked at cannot be changed", () => {
  const { notes } = opened();
  notes.put("global", "a", { text: "one", tags: ["x"] });
  const copy = notes.get("global", "a")!;
  copy.tags.push("y");
  expect(notes.get("global", "a")).toEqual({ text: "one", tags: ["x"] });
  const view = notes.view("global", "a")!;
  expect(() => view.tags.push("y")).toThrow(TypeError);
  expect(notes.view("global", "a")).toBe(view);
});

test("a write, a deletion and an empty account are seen at once", () => {
  const { store, notes } = opened();
  notes.put("global", "a", { text: "one", tags: [] });
  expect(notes.view("global", "a")?.text).toBe("one");
  notes.put("global", "a", { text: "two", tags: [] });
  expect([notes.get("global", "a")?.text, notes.view("global", "a")?.text]).toEqual(["two", "two"]);
  expect(notes.delete("global", "a")).toBe(true);
  expect([notes.get("global", "a"), notes.view("global", "a")]).toEqual([undefined, undefined]);
  notes.put("global", "b", { text: "three", tags: [] });
  store.clear();
  expect(notes.get("global", "b")).toBeUndefined();
});

test("what a transaction has taken back was never there", () => {
  const { store, notes } = opened();
  notes.put("global", "a", { text: "one", tags: [] });
  const failing = () =>
    store.transaction(() => {
      notes.put("global", "a", { text: "two", tags: [] });
      notes.put("global", "b", { text: "new", tags: [] });
      throw new Error("no");
    });
  expect(failing).toThrow("no");
  expect(notes.get("global", "a")?.text).toBe("one");
  expect(notes.view("global", "b")).toBeUndefined();
});

test("a write that fails leaves what was there", () => {
  const { store, notes } = opened();
  notes.put("global", "a", { text: "one", tags: [] });
  store.state.exec("create trigger full before insert on document begin select raise(fail, 'disk full'); end");
  expect(() => notes.put("global", "a", { text: "two", tags: [] })).toThrow("disk full");
  expect(notes.get("global", "a")?.text).toBe("one");
});

test("more than memory holds, and documents that are too long for it, are read from the database", () => {
  const { store, notes } = opened();
  const long = "x".repeat(20_000);
  notes.put("global", "long", { text: long, tags: [] });
  for (let at = 0; at < 300; at++) notes.put("global", `${at}`, { text: `${at}`.padEnd(10_000, "-"), tags: [] });
  expect(notes.get("global", "long")?.text).toBe(long);
  for (const at of [0, 150, 299]) expect(JSON.stringify(notes.get("global", `${at}`))).toBe(written(store, `${at}`));
});
