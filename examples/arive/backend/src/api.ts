/** The API: lets browsers upload, and tells what became of it. */
import { createServer } from "node:http";
import { hostname } from "node:os";
import { openDatabase } from "./database.ts";
import { openDoorbell } from "./doorbell.ts";
import { openFiles } from "./files.ts";
import { log, reasonOf } from "./log.ts";
import { migrate } from "./migrations.ts";
import { type Context, respond } from "./routes.ts";
import { settings } from "./settings.ts";
import { whenStopped } from "./stopping.ts";

const { DATABASE_URL, S3_BUCKET, SITE_ORIGIN, ENV } = settings("DATABASE_URL", "S3_BUCKET", "SITE_ORIGIN", "ENV");
const { HOST = "0.0.0.0", PORT = "8000", HOSTNAME = hostname() } = process.env;

const database = openDatabase(DATABASE_URL, 10);
await migrate(database);
const files = openFiles(S3_BUCKET);
const context: Context = { database, files, doorbell: openDoorbell(files), env: ENV, site: SITE_ORIGIN };

const server = createServer((request, response) => {
  respond(request, response, context).catch((error: unknown) => {
    log("ERROR", reasonOf(error), { path: request.url });
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error: "internal error" }));
  });
});
// Longer than the load balancer keeps a quiet connection (a minute), so that it never sends a request into one that is being closed.
server.keepAliveTimeout = 75_000;
whenStopped(async () => {
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  await closed;
  await database.end();
});

server.listen(Number(PORT), HOST, () => log("INFO", `arive's API listens on port ${PORT}`, { task: HOSTNAME }));
