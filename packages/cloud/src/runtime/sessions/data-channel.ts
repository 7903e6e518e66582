/**
 * Where clients of a session connect: a WebSocket on which they first show their token. One whose connection broke shows another, which
 * ResumeSession gave it, and goes on where it was.
 */
import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";
import type { OpenDataChannel } from "@plinth/data-channel";
import type { WebSocket } from "ws";
import type { Cloud } from "../../cloud.ts";
import { converse } from "./conversation.ts";
import { type LiveSession, liveSessions } from "./sessions.ts";

const tokenWithinMs = 15_000;
const longestMessageBytes = 1024 * 1024;

const serverKey = Symbol("data channel server");
// Loaded with the first session: most clouds have none.
const require = createRequire(import.meta.url);
const library = () => require("ws") as typeof import("ws");

/** `/_plinth/data-channel/SESSION`. */
export function serveDataChannel(request: IncomingMessage, socket: Duplex, head: Buffer, cloud: Cloud): void {
  const id = (request.url ?? "").split("?")[0]!.split("/")[3] ?? "";
  const session = liveSessions(cloud).get(id);
  if (!session?.awaited) {
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const server = cloud.memory(serverKey, () => new (library().WebSocketServer)({ noServer: true, maxPayload: longestMessageBytes }));
  server.handleUpgrade(request, socket, head, (connection) => admit(cloud, session, connection));
}

/** The first message shows the token; whoever has none is not told more than that. */
function admit(cloud: Cloud, session: LiveSession, connection: WebSocket): void {
  const late = cloud.world.clock.after(tokenWithinMs, () => connection.close(1008, "no token"));
  connection.on("error", () => connection.terminate());
  connection.once("close", late);
  connection.once("message", (data, binary) => {
    late();
    const token = binary ? undefined : tokenOf(data.toString());
    if (token === undefined || !session.admits(token)) return connection.close(1008, "the token is not valid");
    if (!session.conversation) session.converse(converse(cloud, session));
    session.conversation!.attach(connection);
  });
}

function tokenOf(text: string): string | undefined {
  try {
    const { TokenValue } = JSON.parse(text) as Partial<OpenDataChannel>;
    return typeof TokenValue === "string" ? TokenValue : undefined;
  } catch {
    return undefined;
  }
}
