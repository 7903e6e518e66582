/** Where the cloud's own troubles are reported: standard error, mostly a file beside its state. */
import { Console } from "node:console";
import { writeSync } from "node:fs";
import { Writable } from "node:stream";

/**
 * A console whose errors go to the descriptor one by one. What cannot be written, as on a full disk, is given up: as an event of
 * a stream it would be one more trouble to report, without end. The next report is tried again.
 */
export function reportingConsole(descriptor: number): Console {
  const reports = new Writable({
    decodeStrings: true,
    write(text: Buffer, _encoding, done) {
      try {
        writeSync(descriptor, text);
      } catch {
        // there is nowhere left to tell it
      }
      done();
    },
  });
  return new Console({ stdout: process.stdout, stderr: reports });
}
