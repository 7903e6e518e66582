/** What messages carry (session-manager-plugin `src/message`, amazon-ssm-agent `agent/session/contracts/model.go`). */

export const payloadType = {
  output: 1,
  error: 2,
  size: 3,
  parameter: 4,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  encryptionChallengeRequest: 8,
  encryptionChallengeResponse: 9,
  flag: 10,
  standardError: 11,
  exitCode: 12,
} as const;

/** A payload of type `flag`: one number of four bytes. */
export const flag = { disconnectToPort: 1, terminateSession: 2, connectToPortError: 3 } as const;

export const actionStatus = { success: 1, failed: 2, unsupported: 3 } as const;

/** The client's first message, as text: it proves who connects. */
export interface OpenDataChannel {
  MessageSchemaVersion: string;
  RequestId: string;
  TokenValue: string;
  ClientId?: string;
  ClientVersion?: string;
}

export interface SessionTypeParameters {
  /** `Standard_Stream`, `InteractiveCommands`, `NonInteractiveCommands` or `Port`. */
  SessionType: string;
  Properties: unknown;
}

/** The properties of a session of type `Port`; numbers are text. */
export interface PortProperties {
  portNumber: string;
  localPortNumber?: string;
  /** Another host than the target itself. */
  host?: string;
  type: "LocalPortForwarding" | (string & {});
}

export interface HandshakeRequest {
  AgentVersion: string;
  RequestedClientActions: { ActionType: "SessionType" | "KMSEncryption" | (string & {}); ActionParameters: unknown }[];
}

export interface HandshakeResponse {
  ClientVersion: string;
  ProcessedClientActions: { ActionType: string; ActionStatus: number; ActionResult: unknown; Error: string }[];
  Errors: string[];
}

export interface HandshakeComplete {
  /** Nanoseconds. */
  HandshakeTimeToComplete: number;
  CustomerMessage: string;
}

export interface Size {
  cols: number;
  rows: number;
}
