/**
 * How the API calls a worker that sleeps. Looking into the job table would keep the database awake, and so would listening there; so it is
 * an object in the bucket that the API writes anew, at which workers look while they have nothing to do.
 */
import { randomUUID } from "node:crypto";
import type { Files } from "./files.ts";

export interface Doorbell {
  ring(): Promise<void>;
  /** Changes whenever it rang. */
  sound(): Promise<string | undefined>;
}

const key = "doorbell";

export function openDoorbell(files: Pick<Files, "put" | "version">): Doorbell {
  return {
    ring: () => files.put(key, randomUUID(), "text/plain"),
    sound: () => files.version(key),
  };
}
