import { expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { plinth } from "./app-folder.ts";

test.each([
  [[]],
  [["--help"]],
  [["secrets", "--help"]],
  [["cloud", "--help"]],
  ...Object.keys(commands).map((name) => [[...name.split(" "), "--help"]]),
])("plinth %j", async (words) => {
  const { exit, out, err } = await plinth("/", words);
  expect({ exit, err }).toEqual({ exit: 0, err: [] });
  expect(out.join("\n")).toMatchSnapshot();
});

test.each([
  [["deploi"], "Unknown command 'deploi'"],
  [["secrets"], "A command is missing."],
  [["secrets", "sit"], "Unknown command 'sit'"],
  [["deploy", "--stge", "x"], "Unknown option '--stge'"],
  [["run"], "Missing required argument 'TASK'"],
  [["plan", "--app", "/not/there"], "/not/there is no folder."],
  [["logs", "--since", "ten"], '"ten" is no span of time.'],
  [["cloud", "start", "--port", "80000"], '"80000" is no port.'],
])("a wrong command line, %j, is a usage failure", async (words, message) => {
  const { exit, failure } = await plinth("/", words);
  expect(exit).toBe(2);
  expect(failure?.message).toContain(message);
  expect(failure?.remedy).toBeTruthy();
});
