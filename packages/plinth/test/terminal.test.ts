import type { DeployEvent } from "@plinth/deployer";
import { describe, expect, test } from "vitest";
import { toFailure } from "../src/failure.ts";
import { progressOn, seconds } from "../src/terminal/progress.ts";
import { table } from "../src/terminal/table.ts";
import { noColours, wantsColours, type Terminal } from "../src/terminal/terminal.ts";

function fakeTerminal(interactive: boolean, size = { columns: 60, rows: 10 }) {
  const notes: string[] = [];
  const drawn: string[] = [];
  const terminal: Terminal = {
    print: () => undefined,
    note: (line) => void notes.push(line),
    draw: (text) => void drawn.push(text),
    interactive,
    ...size,
    colours: noColours,
    ask: async () => undefined,
    readInput: async () => "",
    attach: () => {
      throw new Error("nothing is attached here");
    },
    run: () => Promise.reject(new Error("nothing is run here")),
  };
  return { terminal, notes, drawn };
}

const resource = (logicalId: string, status: string, more: object = {}): DeployEvent => ({
  type: "resource",
  stack: "shop-prod-database",
  layer: "database",
  logicalId,
  resourceType: "AWS::RDS::DBInstance",
  key: "database",
  status,
  ...more,
});

const story: DeployEvent[] = [
  { type: "step", kind: "lease", id: "lease", state: "started" },
  { type: "step", kind: "lease", id: "lease", state: "finished", durationMs: 30 },
  { type: "step", kind: "stack", id: "shop-prod-database", state: "started" },
  resource("Database", "CREATE_IN_PROGRESS"),
  resource("Database", "CREATE_FAILED", { reason: "No such class" }),
  resource("Cache", "CREATE_FAILED", { reason: "Resource creation cancelled" }),
  { type: "step", kind: "stack", id: "shop-prod-database", state: "failed", detail: "database: No such class", durationMs: 61_000 },
  { type: "log", task: "migrate", line: "hello" },
  { type: "note", message: "Waiting." },
  { type: "step", kind: "migration", id: "migrate", state: "skipped", detail: "unchanged", durationMs: 1 },
];

describe("progress", () => {
  test("elsewhere it is plain lines, without the echoes of a failure", () => {
    const { terminal, notes, drawn } = fakeTerminal(false);
    const progress = progressOn(terminal);
    story.forEach((event) => progress.take(event));
    progress.end();
    expect(drawn).toEqual([]);
    expect(notes).toEqual([
      "✓ lease 0.0 s",
      "… stack shop-prod-database",
      "    database/Database AWS::RDS::DBInstance CREATE_FAILED No such class",
      "✗ stack shop-prod-database database: No such class 1 min 01 s",
      "    migrate | hello",
      "Waiting.",
      "· task migrate unchanged 0.0 s",
    ]);
  });

  test("on a terminal what is in flight is drawn below, with its time, and taken away", () => {
    let nowMs = 0;
    const { terminal, notes, drawn } = fakeTerminal(true);
    const progress = progressOn(terminal, () => nowMs);
    progress.take(story[2]!);
    progress.take(story[3]!);
    nowMs = 2_500;
    progress.take({ type: "note", message: "Waiting." });
    expect(drawn.at(-1)).toBe(
      // cut to the width, so that the lines to take away can be counted
      "… stack shop-prod-database 2.5 s\n    database/Database AWS::RDS::DBInstance CREATE_IN_PROGRE\n  2.5 s\n",
    );
    progress.end();
    expect(drawn.at(-1)).toBe("\u001B[3A\u001B[J");
    expect(notes).toEqual(["Waiting."]);
  });

  test("more than the screen holds is counted", () => {
    const { terminal, drawn } = fakeTerminal(true, { columns: 80, rows: 6 });
    const progress = progressOn(terminal, () => 0);
    progress.take(story[2]!);
    for (let index = 0; index < 9; index += 1) progress.take(resource(`R${index}`, "CREATE_IN_PROGRESS"));
    progress.take({ type: "note", message: "x" });
    expect(drawn.at(-1)!.split("\n")).toHaveLength(6);
    expect(drawn.at(-1)).toContain("and 7 more");
    progress.end();
  });

  test.each([
    [0, "0.0 s"],
    [9_949, "9.9 s"],
    [10_000, "10 s"],
    [59_400, "59 s"],
    [61_000, "1 min 01 s"],
  ])("%i ms are %s", (ms, text) => expect(seconds(ms)).toBe(text));
});

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ TERM: "dumb" }, true, false],
])("colours with %j on a terminal %s: %s", (environment, terminal, expected) => {
  expect(wantsColours(environment, terminal)).toBe(expected);
});

test("columns are as wide as their widest cell, whatever its colour", () => {
  expect(
    table(
      [
        ["\u001B[31mab\u001B[39m", "c"],
        ["a", "d", "e"],
        ["", "f"],
      ],
      " ",
    ),
  ).toEqual([" \u001B[31mab\u001B[39m  c", " a   d  e", "     f"]);
});

describe("errors of others", () => {
  const named = (name: string, message: string, more: object = {}) => Object.assign(new Error(message), { name, ...more });
  test.each([
    [named("CredentialsProviderError", "Could not load credentials from any providers"), 6, "No AWS credentials were found."],
    [
      named("ExpiredToken", "The security token included in the request is expired", { $fault: "client" }),
      6,
      "AWS does not accept the credentials: ",
    ],
    [
      named("Error", "connect ECONNREFUSED 127.0.0.1:4566", { code: "ECONNREFUSED" }),
      6,
      "The embedded cloud does not answer any more: connect ECONNREFUSED 127.0.0.1:4566.",
    ],
    [named("Error", "connect ECONNREFUSED 10.1.2.3:443", { code: "ECONNREFUSED" }), 6, "No answer: connect ECONNREFUSED 10.1.2.3:443."],
    [new Error("outer", { cause: named("Error", "write ENOSPC", { code: "ENOSPC" }) }), 6, "The disk is full: write ENOSPC"],
    [
      named("ServiceUnavailable", "The disk that holds the state is full (x).", { $fault: "server" }),
      6,
      "The disk that holds the state is full (x).",
    ],
    [named("Error", "EACCES: permission denied, mkdir '/x'", { code: "EACCES" }), 6, "Not allowed: EACCES: permission denied, mkdir '/x'"],
    [
      named("AccessDeniedException", "User: … is not authorized", { $fault: "client" }),
      1,
      "AccessDeniedException: User: … is not authorized",
    ],
    [named("DeployError", "held by ann", { code: "held", remedy: "Wait.", evidence: [] }), 5, "held by ann"],
    [new Error("bug"), 1, "bug"],
  ])("%s ends with %i", (error, exit, message) => {
    const failure = toFailure(error);
    expect(failure.exit).toBe(exit);
    expect(failure.message).toContain(message);
  });
});
