/** The site of arive, served from a port of its own: another origin than the API's and the bucket's. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../site/", import.meta.url));
const types: Record<string, string> = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8" };

export interface Site extends AsyncDisposable {
  origin: string;
}

export async function serveSite(): Promise<Site> {
  const server = createServer(async (request, response) => {
    const name = new URL(request.url ?? "/", "http://site").pathname.slice(1) || "index.html";
    const type = types[name.split(".").at(-1)!];
    try {
      if (!/^[\w.]+$/.test(name) || !type) throw new Error("not of this site");
      const body = await readFile(`${folder}${name}`);
      response.writeHead(200, { "content-type": type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
