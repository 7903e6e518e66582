/**
 * The agent's side of a session: a handshake, then what the session is for. As session-manager-plugin and amazon-ssm-agent do it; clients
 * that know no handshake (`ssm-session`) are served terminals, too.
 */
import {
  actionStatus,
  flag,
  openStream,
  payloadType,
  type HandshakeComplete,
  type HandshakeRequest,
  type HandshakeResponse,
} from "@plinth/data-channel";
import type { WebSocket } from "ws";
import type { Cloud } from "../../cloud.ts";
import { type Activity, flagOf, type Line, parsed } from "./activity.ts";
import { forwardPort } from "./port.ts";
import type { Conversation, LiveSession } from "./sessions.ts";
import { openTerminal } from "./terminal.ts";

/** Plugins ask for it to know what the agent can do. */
const agentVersion = "3.3.0.0";
const handshakeWithinMs = 15_000;
/** How a client closes a connection that it does not want any more; any other end is one that broke. */
const leavingCodes = [1000, 1001, 1005];

export function converse(cloud: Cloud, session: LiveSession): Conversation {
  const { clock, random } = cloud.world;
  const beganMs = clock.nowMs();
  let connection: WebSocket | undefined;
  let asked = false;
  let agreed = false;
  let held = false;
  const stream = openStream({
    sends: "output_stream_data",
    send: (bytes) => connection && connection.readyState === connection.OPEN && connection.send(bytes),
    receive: (type, payload) => (agreed ? take(type, payload) : agree(type, payload)),
    closed: () => void session.end(),
    lost: () => void session.end(),
    clock,
    uuid: () => random.uuid(),
  });
  let cancelHandshake = () => {};
  const line: Line = {
    write: (type, payload) => stream.write(type, payload),
    get pending() {
      return stream.pending;
    },
    drained: (below) => stream.drained(below),
    hold(now) {
      held = now;
      if (connection && connection.readyState === connection.OPEN) connection[held ? "pause" : "resume"]();
    },
    end: (output) => session.end(output),
  };
  const activity: Activity = session.purpose.kind === "port" ? forwardPort(cloud, session, line) : openTerminal(cloud, session, line);

  const ask = () => {
    asked = true;
    const request: HandshakeRequest = {
      AgentVersion: agentVersion,
      RequestedClientActions: [{ ActionType: "SessionType", ActionParameters: activity.asked }],
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
      activity.start("");
      return take(type, payload);
    }
    const response = parsed<HandshakeResponse>(payload);
    const failed = response?.ProcessedClientActions?.find(({ ActionStatus }) => ActionStatus !== actionStatus.success);
    if (!response || failed) return void session.end(`Handshake with the client failed: ${failed?.Error ?? "its response is no JSON"}`);
    const complete: HandshakeComplete = { HandshakeTimeToComplete: (clock.nowMs() - beganMs) * 1_000_000, CustomerMessage: "" };
    stream.write(payloadType.handshakeComplete, Buffer.from(JSON.stringify(complete)));
    activity.start(typeof response.ClientVersion === "string" ? response.ClientVersion : "");
  };

  const take = (type: number, payload: Uint8Array) => {
    if (type === payloadType.flag && flagOf(payload) === flag.terminateSession) void session.end();
    else activity.take(type, payload);
  };

  return {
    attach(next) {
      const before = connection;
      connection = next;
      before?.close(1000);
      next.on("message", (data: Buffer, binary) => binary && stream.take(data));
      next.once("close", (code) => {
        if (connection !== next) return;
        if (leavingCodes.includes(code)) void session.end();
        else session.disconnected();
      });
      if (held) next.pause();
      if (asked) stream.repeat();
      else ask();
    },
    async hangUp(output) {
      cancelHandshake();
      stream.close({ sessionId: session.record.id, target: session.record.target, output });
      connection?.resume();
      connection?.close(1000);
      await activity.end();
    },
  };
}
