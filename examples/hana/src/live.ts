/** Live updates: a WebSocket at `/ws/?conversation=ID` gets the conversation's runs, then all that happens to them, whichever task does it. */
import type { IncomingMessage, Server } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import type { RunEvent } from "./events.ts";
import { log, reasonOf } from "./log.ts";
import type { Run } from "./runs.ts";

const pingEveryMs = 25_000;

export interface LiveOptions {
  /** The task's name, for the greeting. */
  task: string;
  /** A conversation's latest runs. */
  runs(conversationId: string): Promise<Run[]>;
}

export interface Live {
  tell(event: RunEvent): void;
  /** Tells every client that this task goes away (1001), so that it connects to another. */
  close(): void;
}

export function openLive(server: Server, { task, runs }: LiveOptions): Live {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4096 });
  const watchers = new Map<string, Set<WebSocket>>();
  const send = (socket: WebSocket, event: unknown) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(event));

  server.on("upgrade", (request: IncomingMessage, stream, head) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://hana");
    if (!/^\/ws\/?$/.test(pathname)) return void stream.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    sockets.handleUpgrade(request, stream, head, (socket) => welcome(socket, searchParams.get("conversation")));
  });

  function welcome(socket: WebSocket, conversation: string | null): void {
    socket.on("error", () => socket.terminate());
    send(socket, { type: "hello", task });
    if (conversation === null) return;
    // Watches first and reads afterwards, so that nothing falls between.
    const watching = watchers.get(conversation) ?? new Set();
    watchers.set(conversation, watching.add(socket));
    socket.on("close", () => {
      watching.delete(socket);
      if (watching.size === 0 && watchers.get(conversation) === watching) watchers.delete(conversation);
    });
    runs(conversation).then(
      (found) => send(socket, { type: "runs", runs: found }),
      (error: unknown) => {
        log("ERROR", `a conversation could not be read: ${reasonOf(error)}`);
        socket.close(1011, "the conversation could not be read");
      },
    );
  }

  // A load balancer cuts connections that stay quiet for a minute.
  const pings = setInterval(() => {
    for (const socket of sockets.clients) socket.ping();
  }, pingEveryMs);
  return {
    tell(event) {
      for (const socket of watchers.get(event.conversationId) ?? []) send(socket, event);
    },
    close() {
      clearInterval(pings);
      for (const socket of sockets.clients) socket.close(1001, "this task is stopping");
    },
  };
}
