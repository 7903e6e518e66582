/** `node make-data.ts FOLDER`: fills an empty data folder by PGlite's own initdb, and ends. */
import { setFlagsFromString } from "node:v8";
import { openBackend } from "./backend.ts";

// For what runs for seconds V8's first compiler will do: its second takes longer than it saves (4.7 instead of 3.8 s of processor time).
setFlagsFromString("--wasm-tiering-budget=1300000000");

const backend = await openBackend(process.argv[2]!, (error) => {
  throw error;
});
await backend.close();
