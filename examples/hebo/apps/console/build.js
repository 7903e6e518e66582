/**
 * What `next build` makes with `output: "standalone"`: a server with what it needs, and files for browsers whose names carry their content, with the
 * values of `NEXT_PUBLIC_…` written into them.
 */
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = import.meta.dirname;
const out = join(root, ".next");
rmSync(out, { recursive: true, force: true });

const write = (path, text) => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
};
const digest = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);
/** As Next.js does it: only whole names, and of what is not known then nothing. */
const inlined = (text) => text.replaceAll(/process\.env\.(NEXT_PUBLIC_\w+)/g, (_, name) => JSON.stringify(process.env[name] ?? null));

const client = inlined(readFileSync(join(root, "src/client.js"), "utf8"));
const style = readFileSync(join(root, "src/style.css"), "utf8");
const files = { client: `static/chunks/app-${digest(client)}.js`, style: `static/css/${digest(style)}.css` };
write(files.client, client);
write(files.style, style);
const buildId = digest(client + style);
write(`static/${buildId}/_buildManifest.js`, `self.__BUILD_MANIFEST=${JSON.stringify(files)};\n`);

write("standalone/.next/BUILD_ID", buildId);
write("standalone/.next/build-manifest.json", JSON.stringify(files));
write("standalone/package.json", '{ "type": "module" }\n');
cpSync(join(root, "src/server.js"), join(out, "standalone/server.js"));
console.log(`built ${buildId}`);
