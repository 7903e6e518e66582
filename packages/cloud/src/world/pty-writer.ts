/**
 * Writes to a terminal without waiting in the event loop: while the program does not read, the kernel takes nothing more, and the
 * stream that the native module gives would wait for it, also when the program itself waits for its output to be read.
 */
import { write } from "node:fs";

const retryMs = 5;

export function ptyWriter(descriptor: number): { write(bytes: Uint8Array): void; end(): void } {
  const queue: Uint8Array[] = [];
  let busy = false;
  let ended = false;
  const next = () => {
    const [first] = queue;
    if (busy || ended || !first) return;
    busy = true;
    write(descriptor, first, (error, written) => {
      busy = false;
      if (error && error.code !== "EAGAIN") return void queue.splice(0); // nobody reads any more
      if (error) return void setTimeout(next, retryMs);
      if (written < first.byteLength) queue[0] = first.subarray(written);
      else queue.shift();
      next();
    });
  };
  return {
    write(bytes) {
      if (ended) return;
      queue.push(Uint8Array.from(bytes));
      next();
    },
    end() {
      ended = true;
      queue.splice(0);
    },
  };
}
