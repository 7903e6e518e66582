/** The form of `generated/<service>.json`: a service's operations, errors and shapes as its AWS client publishes them, trimmed. */

export interface ModelRecord {
  operations: Record<string, OperationRecord>;
  errors: Record<string, ErrorRecord>;
  /** Referred to by index. */
  shapes: ShapeRecord[];
}

export interface OperationRecord {
  /** Index of a structure; absent where there is none. */
  input?: number;
  output?: number;
  /** Method, path with labels and literal query, status of success. Only in REST protocols. */
  http?: [method: string, path: string, status: number];
  /** The root element of its answer, where that is not the shape's name. */
  outputName?: string;
}

export interface ErrorRecord {
  shape: number;
  /** The code on the wire in query protocols, where that is not the shape's name. */
  code?: string;
  status?: number;
  /** Default: the client's. */
  fault?: "server";
}

export type ShapeRecord =
  | [kind: "structure" | "union", name: string, members: MemberRecord[], requiredCount: number]
  | [kind: "list", member: Target, traits?: Traits]
  | [kind: "map", key: MemberRecord, value: MemberRecord];

export type MemberRecord = [name: string, target: Target, traits?: Traits];

/** A scalar by name, anything else by its index. */
export type Target = ScalarTarget | number;

export type ScalarTarget =
  | "string"
  | "number"
  | "boolean"
  | "blob"
  | "stream"
  | "document"
  | "timestamp"
  | "timestamp:date-time"
  | "timestamp:http-date"
  | "timestamp:epoch-seconds";

/** Where and under which name a member travels. */
export interface Traits {
  xmlName?: string;
  xmlFlattened?: 1;
  xmlAttribute?: 1;
  /** Prefix and address. */
  xmlNamespace?: string | [prefix: string, address: string];
  /** Its key in EC2's query protocol. Default: its XML name or name, capitalised. */
  ec2QueryName?: string;
  httpLabel?: 1;
  httpQuery?: string;
  httpQueryParams?: 1;
  httpHeader?: string;
  httpPrefixHeaders?: string;
  httpPayload?: 1;
  httpResponseCode?: 1;
}
