/** Live updates: every open WebSocket at `/ws` gets each new message, whichever task it was posted to. */
import type { Server } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import type { FanOut } from "./fan-out.ts";

const pingEveryMs = 25_000;

export interface Live {
  /** Tells every client that this task goes away (1001), so that it connects to another. */
  close(): void;
}

export function openLive(server: Server, fanOut: FanOut, task: string): Live {
  const sockets = new WebSocketServer({ server, path: "/ws", maxPayload: 4096 });
  const send = (socket: WebSocket, event: unknown) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(event));
  sockets.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    send(socket, { type: "hello", task });
  });
  fanOut.subscribe((message) => {
    for (const socket of sockets.clients) send(socket, { type: "message", message });
  });
  // A load balancer or a proxy cuts connections that stay quiet for a minute.
  const pings = setInterval(() => {
    for (const socket of sockets.clients) socket.ping();
  }, pingEveryMs);
  return {
    close() {
      clearInterval(pings);
      for (const socket of sockets.clients) socket.close(1001, "this task is stopping");
      sockets.close();
    },
  };
}
