/** The protocol of Session Manager's data channel: its messages, and their order over a connection. No input or output. */
export { decodeMessage, encodeMessage, type AgentMessage } from "./agent-message.ts";
export { openStream, type Stream, type StreamClock, type StreamSettings } from "./stream.ts";
export { actionStatus, flag, payloadType } from "./payloads.ts";
export type { HandshakeComplete, HandshakeRequest, HandshakeResponse, OpenDataChannel, SessionTypeParameters, Size } from "./payloads.ts";
