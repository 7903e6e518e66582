/** The protocol of Session Manager's data channel: its messages, and their order over a connection. No input or output. */
export { decodeMessage, encodeMessage, type AgentMessage } from "./agent-message.ts";
export { openMultiplex, type Multiplex, type MultiplexStream, type StreamHandlers } from "./multiplex.ts";
export { openStream, type Stream, type StreamClock, type StreamSettings } from "./stream.ts";
export { actionStatus, flag, payloadType } from "./payloads.ts";
export type {
  HandshakeComplete,
  HandshakeRequest,
  HandshakeResponse,
  OpenDataChannel,
  PortProperties,
  SessionTypeParameters,
  Size,
} from "./payloads.ts";
export { compareVersions, multiplexAgentVersion, multiplexClientVersion, quietClientVersion } from "./versions.ts";
