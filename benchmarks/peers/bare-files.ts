/** The reference for small objects: a node:http server that puts each body into a file, on disk before it answers, and gives it back. Prints its port. */
import { open, readFile, rename } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";

const folder = process.argv[2]!;
let drafts = 0;

const server = createServer((request, response) => {
  const path = join(folder, encodeURIComponent(request.url ?? "/"));
  if (request.method === "GET") {
    void get(path, response);
    return;
  }
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => void put(path, Buffer.concat(chunks)).then(() => response.writeHead(200, { "content-length": 0 }).end()));
});

async function get(path: string, response: ServerResponse): Promise<void> {
  const content = await readFile(path);
  response.writeHead(200, { "content-length": content.length });
  response.end(content);
}

/** The old content or the new one, never a part. */
async function put(path: string, content: Buffer): Promise<void> {
  const draft = `${path}.${drafts++}`;
  const file = await open(draft, "w");
  await file.writeFile(content);
  await file.sync();
  await file.close();
  await rename(draft, path);
}

server.listen(0, "127.0.0.1", () => console.log((server.address() as { port: number }).port));
process.on("SIGTERM", () => process.exit(0));
