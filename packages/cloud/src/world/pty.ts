/** The native module that opens terminals, loaded when the first one is wanted; its binaries are in optional packages by platform. */
import { createRequire } from "node:module";

type Pty = typeof import("@lydell/node-pty");

let loaded: Pty | string | undefined;

/** The module, or why it is not there. */
export function loadPty(): Pty | string {
  if (loaded !== undefined) return loaded;
  try {
    loaded = createRequire(import.meta.url)("@lydell/node-pty") as Pty;
  } catch {
    loaded =
      `the optional package @lydell/node-pty is not installed, or has no binary for ${process.platform}-${process.arch}; ` +
      "install without --omit=optional";
  }
  return loaded;
}
