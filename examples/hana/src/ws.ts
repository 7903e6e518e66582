/** The WebSocket service: shows runs live. */
import { createServer } from "node:http";
import { hostname } from "node:os";
import { openDatabase } from "./database.ts";
import { subscribe } from "./events.ts";
import { openLive } from "./live.ts";
import { log } from "./log.ts";
import { migrate } from "./migrations.ts";
import { list } from "./runs.ts";
import { settings } from "./settings.ts";
import { whenStopped } from "./stopping.ts";

const { DATABASE_URL, REDIS_URL } = settings("DATABASE_URL", "REDIS_URL");
const { HOST = "0.0.0.0", PORT = "3001", HOSTNAME = hostname() } = process.env;

const database = openDatabase(DATABASE_URL, 5);
await migrate(database);
const server = createServer((request, response) => {
  // What a load balancer asks, whichever path its health check has.
  const { pathname } = new URL(request.url ?? "/", "http://hana");
  const healthy = pathname === "/" || pathname === "/health";
  const body = healthy ? { status: "ok" } : { error: "hana speaks plain WebSocket, at /ws/ only" };
  response.writeHead(healthy ? 200 : 426, { "content-type": "application/json", ...(!healthy && { upgrade: "websocket" }) });
  response.end(JSON.stringify(body));
});
const live = openLive(server, { task: HOSTNAME, runs: (conversationId) => list(database, conversationId) });
const subscription = await subscribe(REDIS_URL, live.tell);
server.keepAliveTimeout = 3_660_000;
whenStopped(async () => {
  const closed = new Promise((done) => server.close(done));
  live.close();
  server.closeIdleConnections();
  await closed;
  await Promise.allSettled([database.end(), subscription.close()]);
});

server.listen(Number(PORT), HOST, () => log("INFO", `hana's WebSocket service listens on port ${PORT}`, { task: HOSTNAME }));
