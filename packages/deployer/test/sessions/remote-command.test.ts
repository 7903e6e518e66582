/** A command's way to a shell and its status's way back, through the shell of this machine. */
import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { marked, remoteCommand, type RemoteInput } from "../../src/sessions/remote-command.ts";

const nonce = "0123456789abcdef";

/** Our quoting is what any POSIX shell reads. */
function run(words: string[], input: RemoteInput, given = "") {
  return spawnSync("/bin/sh", ["-c", remoteCommand(words, nonce, input)], { input: given, env: { PATH: process.env["PATH"] } }).stdout;
}

function read(output: Buffer, input: RemoteInput, cut: (bytes: Buffer) => Buffer[] = (bytes) => [bytes]) {
  const parts: Uint8Array[] = [];
  let status: number | undefined;
  let begun = 0;
  const marks = marked(nonce, input, {
    output: (bytes) => parts.push(Uint8Array.from(bytes)),
    begun: () => begun++,
    status: (code) => (status = code),
  });
  for (const part of cut(output)) marks.add(part);
  marks.end();
  return { text: Buffer.concat(parts).toString("latin1"), status, begun };
}

test.each<[RemoteInput, number]>([
  ["terminal", 0],
  ["none", 1],
  ["encoded", 1],
])("the words arrive as they are, and the status comes back (input: %s)", (input, begun) => {
  const words = [
    "node",
    "-e",
    `process.stdout.write(process.argv.slice(1).join("|")); process.exit(7)`,
    "a b",
    "it's",
    'say "x"',
    "$HOME",
    "",
    "#no",
    "\\",
  ];
  expect(read(run(words, input), input)).toEqual({ text: `a b|it's|say "x"|$HOME||#no|\\`, status: 7, begun });
});

test("input is what was given, byte for byte", () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  expect(read(run(["od", "-An", "-tx1", "-v"], "encoded", `${bytes.toString("base64")}\n`), "encoded").text.replaceAll(/\s/g, "")).toBe(
    bytes.toString("hex"),
  );
});

test("however the output is cut, the marks are found, and nothing else is lost or added", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "\u001E", "0", "1", " ", "\n") }),
      fc.array(fc.nat({ max: 12 })),
      fc.nat({ max: 255 }),
      (body, lengths, code) => {
        const whole = Buffer.from(`shell says\u001E${nonce}\u001E${body}\u001E${nonce} ${code}\u001Eprompt`, "latin1");
        const cut = (bytes: Buffer) => {
          let at = 0;
          return [...lengths, bytes.byteLength].map((length) => bytes.subarray(at, (at += length)));
        };
        expect(read(whole, "none", cut)).toEqual({ text: body, status: code, begun: 1 });
      },
    ),
  );
});

test("of a session that breaks off, what came is shown", () => {
  expect(read(Buffer.from(`half a\u001E${nonce}`), "terminal")).toEqual({ text: `half a\u001E${nonce}`, status: undefined, begun: 0 });
});
