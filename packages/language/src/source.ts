/** Where in the user's files a thing was declared, so that messages can say it. */
import { fileURLToPath } from "node:url";

/** A line of a user's file. */
export interface Source {
  /** The file, absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** This package's own folder: frames in it are not the user's. */
const ownFolder = fileURLToPath(new URL(".", import.meta.url));

const frame = /(?:\(|at )((?:file:\/\/)?\/[^\s()]+|[A-Za-z]:\\[^()]+|file:\/\/[^()]+):(\d+):\d+\)?$/;

/** The line of user's code that called into this package, or `undefined` where the stack does not say. */
export function callSite(): Source | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 12;
  const stack = new Error("call site").stack ?? "";
  Error.stackTraceLimit = limit;
  for (const text of stack.split("\n").slice(1)) {
    const found = frame.exec(text);
    if (!found) continue;
    const location = found[1]!.replace(/\?.*$/, "");
    const file = location.startsWith("file://") ? fileURLToPath(location) : location;
    if (!file.startsWith(ownFolder)) return { file, line: Number(found[2]) };
  }
  return undefined;
}
