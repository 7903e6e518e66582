/** `node make-data.ts FOLDER`: fills an empty data folder by PGlite's own initdb, and ends. */
import { openBackend } from "./backend.ts";

const backend = await openBackend(process.argv[2]!, (error) => {
  throw error;
});
await backend.close();
