/** Why the cloud's process did not start. */

export type StartFailureCode =
  | "usage"
  | "port-taken"
  | "state-in-use"
  | "state-not-writable"
  | "state-newer"
  | "state-damaged"
  | "disk-full"
  | "internal";

/** Why the cloud did not start, for scripts by code and for people by message. */
export class StartFailure extends Error {
  readonly code: StartFailureCode;
  constructor(code: StartFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
