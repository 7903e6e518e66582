/** What stands behind proxies in benchmarks: node:http, 256 bytes to every request. Prints its port. */
import { createServer } from "node:http";

const body = "x".repeat(256);
const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
  response.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log((server.address() as { port: number }).port));
process.on("SIGTERM", () => process.exit(0));
