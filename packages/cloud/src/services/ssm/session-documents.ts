/** The documents by which sessions are started: what each takes, and what the session is then for. As AWS's own documents declare it. */
import { AwsError } from "../../aws-error.ts";
import { commandWords } from "../../runtime/sessions/command-words.ts";
import type { SessionPurpose } from "../../runtime/sessions/sessions.ts";
import { validation } from "./errors.ts";

export const shellDocument = "SSM-SessionManagerRunShell";

type Parameters = Readonly<Record<string, string[]>>;

interface SessionDocument {
  parameters: Readonly<Record<string, { pattern?: RegExp; default?: string }>>;
  purpose(given: Readonly<Record<string, string>>): SessionPurpose;
}

const ports = /^([0-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/;
const remotePorts = /^([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/;
/** Names and addresses: of what a shell would read nothing passes. */
const hosts = /^[^,$^&()!;'"<>`{}[\]|#=]{3,}$/;

const documents: Readonly<Record<string, SessionDocument>> = {
  [shellDocument]: { parameters: {}, purpose: () => ({ kind: "terminal", command: ["sh"] }) },
  "AWS-StartInteractiveCommand": {
    parameters: { command: {} },
    purpose({ command }) {
      try {
        return { kind: "terminal", command: commandWords(command!) };
      } catch (error) {
        throw validation((error as Error).message);
      }
    },
  },
  "AWS-StartPortForwardingSession": {
    parameters: { portNumber: { pattern: remotePorts, default: "80" }, localPortNumber: { pattern: ports, default: "0" } },
    purpose: ({ portNumber, localPortNumber }) => ({ kind: "port", port: Number(portNumber), localPort: localPortNumber! }),
  },
  "AWS-StartPortForwardingSessionToRemoteHost": {
    parameters: {
      host: { pattern: hosts },
      portNumber: { pattern: remotePorts, default: "80" },
      localPortNumber: { pattern: ports, default: "0" },
    },
    purpose: ({ host, portNumber, localPortNumber }) => ({
      kind: "port",
      host: host!,
      port: Number(portNumber),
      localPort: localPortNumber!,
    }),
  },
};

/** Throws InvalidDocument for one that is not served, InvalidParameters for what it does not take. */
export function purposeOf(name: string, given: Parameters): SessionPurpose {
  const document = documents[name];
  if (!document) throw new AwsError("InvalidDocument", `The embedded cloud does not serve sessions with the document ${name}.`);
  for (const parameter of Object.keys(given)) {
    if (document.parameters[parameter]) continue;
    throw new AwsError("InvalidParameters", `Parameter ${parameter} is not supported by document ${name}.`);
  }
  const values: Record<string, string> = {};
  for (const [parameter, { pattern, default: fallback }] of Object.entries(document.parameters)) {
    const value = given[parameter]?.[0] ?? fallback;
    if (value === undefined) throw new AwsError("InvalidParameters", `${parameter} is required and is missing`);
    if (pattern && !pattern.test(value)) {
      throw new AwsError("InvalidParameters", `Parameter ${parameter} has the value ${value}, which does not match ${pattern.source}`);
    }
    values[parameter] = value;
  }
  return document.purpose(values);
}
