/** The console's server, as Next.js's standalone output has one: pages made for each request, and the files of its own build. */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const root = import.meta.dirname;
const files = JSON.parse(await readFile(join(root, ".next/build-manifest.json"), "utf8"));
const types = { ".css": "text/css", ".js": "application/javascript", ".txt": "text/plain" };

/** Settings are known when the server runs; of the secret a page says only that it is there. */
const page = (who) => `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Hebo</title><link rel="stylesheet" href="/_next/${files.style}"></head>
  <body>
    <main>
      <h1>Hebo</h1>
      <p>Hello, ${who.replaceAll(/[^\w .-]/g, "")}</p>
      <p>Project ${process.env.NEXT_PUBLIC_STACK_PROJECT_ID ?? "unknown"}, server key ${process.env.STACK_SECRET_SERVER_KEY ? "set" : "not set"}</p>
      <p data-service="api"></p>
      <p data-service="gateway"></p>
    </main>
    <script type="module" src="/_next/${files.client}"></script>
  </body>
</html>
`;

async function fileAt(path) {
  const inside = normalize(path);
  const place = inside.startsWith("/_next/static/") ? join(".next", inside.slice("/_next/".length)) : join("public", inside);
  try {
    return await readFile(join(root, place));
  } catch {
    return undefined;
  }
}

createServer(async (request, response) => {
  const url = new URL(request.url, "http://console");
  if (url.pathname === "/") {
    const who = new URLSearchParams((request.headers.cookie ?? "").replaceAll("; ", "&")).get("who") ?? "guest";
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-cache, no-store" });
    return response.end(page(who));
  }
  if (url.pathname === "/api/services") {
    response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
    return response.end(
      JSON.stringify({ api: process.env.NEXT_PUBLIC_API_URL ?? null, gateway: process.env.NEXT_PUBLIC_GATEWAY_URL ?? null }),
    );
  }
  if (url.pathname === "/api/echo" && request.method === "POST") {
    response.writeHead(200, { "Content-Type": "application/json" });
    return request.pipe(response);
  }
  const file = await fileAt(url.pathname);
  if (!file) return response.writeHead(404, { "Content-Type": "text/plain" }).end("not found\n");
  response.writeHead(200, {
    "Content-Type": types[extname(url.pathname)] ?? "application/octet-stream",
    "Cache-Control": url.pathname.startsWith("/_next/static/") ? "public, max-age=31536000, immutable" : "public, max-age=0",
    "X-From": "server",
  });
  response.end(file);
}).listen(Number(process.env.PORT ?? 3000), process.env.HOSTNAME ?? "0.0.0.0");
