/** The web app: pages of repositories and their commits, which it asks the API for. */
import { createServer, type ServerResponse } from "node:http";
import type { Repository } from "./database.ts";
import type { Commit } from "./git.ts";
import { log, reasonOf } from "./log.ts";
import { page, repositoryList, repositoryPage } from "./pages.ts";
import { settings } from "./settings.ts";

const { API_ENDPOINT } = settings("API_ENDPOINT");
const port = Number(process.env.PORT ?? 80);
const askWithinMs = 10_000;

class NotThere extends Error {}

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(`${API_ENDPOINT}${path}`, { signal: AbortSignal.timeout(askWithinMs) });
  if (answer.status === 400 || answer.status === 404) throw new NotThere();
  if (!answer.ok) throw new Error(`the API answers ${path} with ${answer.status}`);
  return (await answer.json()) as T;
}

async function answer(path: string, response: ServerResponse): Promise<void> {
  if (path === "/") return send(response, 200, page("plue", repositoryList(await ask<Repository[]>("/api/repositories"))));
  const name = decodeURIComponent(path.slice(1));
  const commits = await ask<Commit[]>(`/api/repositories/${encodeURIComponent(name)}/commits?limit=50`);
  send(response, 200, page(name, repositoryPage(name, commits)));
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://plue");
  answer(pathname, response).catch((error: unknown) => {
    if (error instanceof NotThere)
      return send(response, 404, page("Not found", "<p>There is nothing here. <a href='/'>All repositories</a></p>"));
    log("ERROR", reasonOf(error), { path: pathname });
    send(response, 502, page("plue", "<p>The repositories cannot be shown just now.</p>"));
  });
});

function send(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    })
    .end(html);
}

server.listen(port, () => log("INFO", `pages on port ${port}, from ${API_ENDPOINT}`));
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
