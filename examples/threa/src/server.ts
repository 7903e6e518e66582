/** The whole of threa in one process: the API, live updates over WebSocket, and the page, on one port. */
import { createServer } from "node:http";
import { hostname } from "node:os";
import { respond } from "./api.ts";
import { openDatabase } from "./database.ts";
import { openFanOut } from "./fan-out.ts";
import { openLive } from "./live.ts";

const { DATABASE_URL, REDIS_URL, WORKOS_API_KEY, HOST = "0.0.0.0", PORT = "3000", HOSTNAME = hostname() } = process.env;
if (!DATABASE_URL) throw new Error("DATABASE_URL is not set");

const database = openDatabase(DATABASE_URL);
const fanOut = await openFanOut(REDIS_URL);
const server = createServer((request, response) => {
  respond(request, response, {
    database,
    fanOut,
    status: { task: HOSTNAME, cache: REDIS_URL ? "redis" : "none", workosApiKey: WORKOS_API_KEY ? "present" : "missing" },
  }).catch((error: unknown) => {
    console.error(JSON.stringify({ level: "error", path: request.url, message: error instanceof Error ? error.message : String(error) }));
    if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: "internal error" }));
  });
});
const live = openLive(server, fanOut, HOSTNAME);

server.listen(Number(PORT), HOST, () =>
  console.log(JSON.stringify({ level: "info", message: `threa listens on port ${PORT}`, task: HOSTNAME })),
);

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    console.log(JSON.stringify({ level: "info", message: `${signal}: finishing what is under way` }));
    live.close();
    server.close(() => {
      void Promise.allSettled([database.end(), fanOut.close()]).then(() => process.exit(0));
    });
    server.closeIdleConnections();
  });
}
