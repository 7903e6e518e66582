/**
 * Writes to a terminal without waiting in the event loop: while the program does not read, the kernel takes nothing more, and the
 * stream that the native module gives would wait for it, also when the program itself waits for its output to be read.
 *
 * The descriptor is the stream's: once that has closed it, it may be another connection's at any moment. So each write asks first, and is
 * done before anything else can happen; the descriptor does not block (the native module opens it so).
 */
import { writeSync } from "node:fs";

const retryMs = 5;

export function ptyWriter(descriptor: number, isOpen: () => boolean): { write(bytes: Uint8Array): void; end(): void } {
  const queue: Uint8Array[] = [];
  let waiting = false;
  let ended = false;
  const writeQueue = () => {
    waiting = false;
    while (queue.length > 0) {
      if (!isOpen()) return void queue.splice(0);
      const first = queue[0]!;
      try {
        const written = writeSync(descriptor, first);
        if (written < first.byteLength) queue[0] = first.subarray(written);
        else queue.shift();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return void queue.splice(0); // nobody reads any more
        waiting = true;
        return void setTimeout(writeQueue, retryMs);
      }
    }
  };
  return {
    write(bytes) {
      if (ended) return;
      queue.push(Uint8Array.from(bytes));
      if (!waiting) writeQueue();
    },
    end() {
      ended = true;
      queue.splice(0);
    },
  };
}
