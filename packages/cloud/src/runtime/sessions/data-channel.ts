/**
 * The agent's side of a session: a WebSocket on which the client first shows its token, then a handshake, then a program at a terminal.
 * As session-manager-plugin and amazon-ssm-agent do it; clients that know no handshake (`ssm-session`) are served, too.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  actionStatus,
  flag,
  openStream,
  payloadType,
  type HandshakeComplete,
  type HandshakeRequest,
  type HandshakeResponse,
  type OpenDataChannel,
  type Size,
} from "@plinth/data-channel";
import { WebSocket, WebSocketServer } from "ws";
import type { Cloud } from "../../cloud.ts";
import { findProgram } from "./find-program.ts";
import { pieces } from "./characters.ts";
import { type LiveSession, liveSessions } from "./sessions.ts";

/** Plugins ask for it to know what the agent can do. */
const agentVersion = "3.3.0.0";
const tokenWithinMs = 15_000;
const handshakeWithinMs = 15_000;
/** As the agent cuts it. */
const pieceBytes = 1024;
/** Messages that a client has not acknowledged, before the program has to wait. */
const mostPending = 2048;
const lastWordsMs = 5_000;
const hangUpMs = 2_000;
const longestMessageBytes = 1024 * 1024;

const serverKey = Symbol("data channel server");

/** `/_plinth/data-channel/SESSION`. */
export function serveDataChannel(request: IncomingMessage, socket: Duplex, head: Buffer, cloud: Cloud): void {
  const id = (request.url ?? "").split("?")[0]!.split("/")[3] ?? "";
  const session = liveSessions(cloud).get(id);
  if (!session || session.connected) {
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const server = cloud.memory(serverKey, () => new WebSocketServer({ noServer: true, maxPayload: longestMessageBytes }));
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
    const conversation = converse(cloud, session, connection);
    if (token === undefined || !session.connect(token, conversation.hangUp)) return connection.close(1008, "the token is not valid");
    conversation.begin();
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

function converse(cloud: Cloud, session: LiveSession, connection: WebSocket) {
  const { clock, random, processes } = cloud.world;
  const beganMs = clock.nowMs();
  let terminal: ReturnType<typeof processes.openTerminal> | undefined;
  let size: Size = { cols: 80, rows: 24 };
  let agreed = false;
  const stream = openStream({
    sends: "output_stream_data",
    send: (bytes) => connection.readyState === WebSocket.OPEN && connection.send(bytes),
    receive: (type, payload) => (agreed ? take(type, payload) : agree(type, payload)),
    closed: () => void session.end(),
    lost: () => void session.end(),
    clock,
    uuid: () => random.uuid(),
  });
  let cancelHandshake = () => {};

  const begin = () => {
    connection.on("message", (data: Buffer, binary) => binary && stream.take(data));
    connection.once("close", () => void session.end());
    const request: HandshakeRequest = {
      AgentVersion: agentVersion,
      RequestedClientActions: [
        {
          ActionType: "SessionType",
          ActionParameters: { SessionType: "InteractiveCommands", Properties: { linux: { commands: session.command.join(" ") } } },
        },
      ],
    };
    stream.write(payloadType.handshakeRequest, Buffer.from(JSON.stringify(request)));
    cancelHandshake = clock.after(
      handshakeWithinMs,
      () => void session.end("Handshake timed out. Please ensure that you have the latest version of the session manager plugin."),
    );
  };

  const agree = (type: number, payload: Uint8Array) => {
    cancelHandshake();
    agreed = true;
    if (type !== payloadType.handshakeResponse) {
      start();
      return take(type, payload);
    }
    const response = parsed<HandshakeResponse>(payload);
    const failed = response?.ProcessedClientActions?.find(({ ActionStatus }) => ActionStatus !== actionStatus.success);
    if (!response || failed) return void session.end(`Handshake with the client failed: ${failed?.Error ?? "its response is no JSON"}`);
    const complete: HandshakeComplete = { HandshakeTimeToComplete: (clock.nowMs() - beganMs) * 1_000_000, CustomerMessage: "" };
    stream.write(payloadType.handshakeComplete, Buffer.from(JSON.stringify(complete)));
    start();
  };

  const start = () => {
    const { env, cwd, enclose } = session.target;
    const [name = "sh", ...args] = session.command;
    const missing = processes.terminalsMissing();
    const command = findProgram(name, env.PATH ?? "", cwd);
    if (missing !== undefined || "error" in command) {
      const why = missing ?? (command as { error: string }).error;
      return void session.end(`----------ERROR-------\nUnable to start command: Failed to start pty: ${why}`);
    }
    const line = enclose ? enclose([command.path, ...args], cwd) : [command.path, ...args];
    terminal = processes.openTerminal({
      command: line[0]!,
      args: line.slice(1),
      cwd,
      env: { ...env, TERM: "xterm-256color", LANG: env.LANG ?? "C.UTF-8", PLINTH_SESSION: session.record.id },
      mark: "PLINTH_SESSION",
      columns: size.cols,
      rows: size.rows,
    });
    const output = pieces(pieceBytes, (piece) => stream.write(payloadType.output, piece));
    const running = terminal;
    running.onOutput((bytes) => {
      output.add(bytes);
      if (stream.pending < mostPending) return;
      running.pause();
      void stream.drained((mostPending * 3) / 4).then(() => running.resume());
    });
    const finish = async () => {
      await running.exited;
      output.end();
      await Promise.race([stream.drained(), clock.sleep(lastWordsMs)]);
      await session.end();
    };
    void finish();
  };

  const take = (type: number, payload: Uint8Array) => {
    if (type === payloadType.output) terminal?.write(payload);
    else if (type === payloadType.size) {
      const { cols, rows } = parsed<Size>(payload) ?? {};
      if (!isExtent(cols) || !isExtent(rows)) return;
      size = { cols, rows };
      terminal?.resize(cols, rows);
    } else if (type === payloadType.flag && payload.byteLength === 4 && Buffer.from(payload).readUInt32BE() === flag.terminateSession) {
      void session.end();
    }
  };

  /** SIGHUP as a terminal that is closed gives it; what does not heed it is killed. */
  const hangUp = async (output: string) => {
    cancelHandshake();
    stream.close({ sessionId: session.record.id, target: session.record.target, output });
    connection.close(1000);
    if (!terminal) return;
    terminal.resume();
    terminal.signal("SIGHUP");
    const running = terminal;
    const cancel = clock.after(hangUpMs, () => running.signal("SIGKILL"));
    await running.exited;
    cancel();
  };
  return { begin, hangUp };
}

const isExtent = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65_535;

function parsed<T>(payload: Uint8Array): Partial<T> | undefined {
  try {
    return JSON.parse(Buffer.from(payload).toString("utf8")) as Partial<T>;
  } catch {
    return undefined;
  }
}
