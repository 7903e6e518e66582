/** What a git host does with files, in the folder that is given: writes small ones, lists, reads and renames them, and removes them; then one large one. Tells how long that took, in milliseconds. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const files = 2_000;
const largeBytes = 64 * 1024 ** 2;
const folder = join(process.argv[2]!, `work-${process.pid}`);

const startMs = performance.now();
mkdirSync(folder);
const small = Buffer.alloc(4096, "a");
for (let at = 0; at < files; at++) {
  writeFileSync(join(folder, `${at}.tmp`), small);
  renameSync(join(folder, `${at}.tmp`), join(folder, `${at}`));
}
let bytes = 0;
for (const name of readdirSync(folder)) bytes += statSync(join(folder, name)).size + readFileSync(join(folder, name)).byteLength;
if (bytes !== files * 2 * small.byteLength) throw new Error(`read ${bytes} bytes`);
const large = openSync(join(folder, "large"), "w");
const piece = Buffer.alloc(1024 ** 2, "b");
for (let written = 0; written < largeBytes; written += piece.byteLength) writeSync(large, piece);
fsyncSync(large);
closeSync(large);
if (readFileSync(join(folder, "large")).byteLength !== largeBytes) throw new Error("the large file is short");
rmSync(folder, { recursive: true });
process.stdout.write(`took ${performance.now() - startMs} ms\n`);
