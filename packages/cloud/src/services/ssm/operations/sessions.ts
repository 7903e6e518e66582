/** Sessions: started to a container of a task (ECS Exec), listed, ended. */
import type { Session, SessionFilter } from "@aws-sdk/client-ssm";
import { AwsError } from "../../../aws-error.ts";
import { commandWords } from "../../../runtime/sessions/command-words.ts";
import { listSessions, liveSessions, openSession, type SessionRecord } from "../../../runtime/sessions/sessions.ts";
import { sessionTargets } from "../../../runtime/sessions/targets.ts";
import { operation } from "../../../service.ts";
import { pageOf } from "../../../paging.ts";
import { invalidNextToken, validation } from "../errors.ts";

const shellDocument = "SSM-SessionManagerRunShell";

export const startSession = operation("ssm", "StartSession", (input, context) => {
  const { cloud, region, principal } = context;
  const document = input.DocumentName ?? shellDocument;
  const command = commandOf(document, input.Parameters ?? {});
  const target = sessionTargets(cloud).get(input.Target);
  if (!target || target.disconnected() !== undefined) throw new AwsError("TargetNotConnected", `${input.Target} is not connected.`);
  const session = openSession(cloud, {
    prefix: lastName(principal.arn),
    region,
    targetId: input.Target,
    target,
    owner: principal.arn,
    document,
    reason: input.Reason,
    command,
  });
  return { SessionId: session.sessionId, StreamUrl: session.streamUrl, TokenValue: session.tokenValue };
});

/** As AWS's documents say it. Those that forward ports are not served. */
function commandOf(document: string, parameters: Readonly<Record<string, string[]>>): string[] {
  if (document === shellDocument) return ["sh"];
  if (document !== "AWS-StartInteractiveCommand")
    throw new AwsError("InvalidDocument", `The embedded cloud does not serve sessions with the document ${document}.`);
  const [command] = parameters["command"] ?? [];
  if (command === undefined) throw new AwsError("InvalidParameters", "command is required and is missing");
  try {
    return commandWords(command);
  } catch (error) {
    throw validation((error as Error).message);
  }
}

/** AWS answers alike for a session that is not there. */
export const terminateSession = operation("ssm", "TerminateSession", async ({ SessionId }, { cloud }) => {
  await liveSessions(cloud).get(SessionId)?.end("The session was terminated.");
  return { SessionId };
});

export const describeSessions = operation("ssm", "DescribeSessions", (input, { cloud, region }) => {
  const wanted = listSessions(cloud, region)
    .filter(({ endedMs }) => (endedMs === undefined) === (input.State === "Active"))
    .map((record) => describe(record, liveSessions(cloud).get(record.id)?.connected ?? false))
    .filter((session) => (input.Filters ?? []).every((filter) => holds(filter, session)));
  const { items, nextToken } = pageOf(wanted, {
    size: input.MaxResults ?? mostInPage,
    token: input.NextToken,
    query: `DescribeSessions ${input.State} ${JSON.stringify(input.Filters ?? [])}`,
    keyOf: newestFirst,
    invalid: invalidNextToken,
  });
  return { Sessions: items, ...(nextToken !== undefined && { NextToken: nextToken }) };
});

/** MaxResults is 1 to 200 (API reference). */
const mostInPage = 200;

const newestFirst = ({ StartDate, SessionId }: Session) =>
  `${String(Number.MAX_SAFE_INTEGER - StartDate!.getTime()).padStart(16, "0")} ${SessionId}`;

function describe(record: SessionRecord, connected: boolean): Session {
  return {
    SessionId: record.id,
    Target: record.target,
    Status: record.endedMs !== undefined ? "Terminated" : connected ? "Connected" : "Connecting",
    StartDate: new Date(record.startedMs),
    ...(record.endedMs !== undefined && { EndDate: new Date(record.endedMs) }),
    DocumentName: record.document,
    Owner: record.owner,
    ...(record.reason !== undefined && { Reason: record.reason }),
  };
}

function holds({ key, value }: SessionFilter, session: Session): boolean {
  switch (key) {
    case "InvokedAfter":
      return session.StartDate! >= new Date(value!);
    case "InvokedBefore":
      return session.StartDate! <= new Date(value!);
    case "Target":
      return session.Target === value;
    case "Owner":
      return session.Owner === value;
    case "Status":
      return session.Status === value;
    case "SessionId":
      return session.SessionId === value;
    default:
      throw new AwsError("InvalidFilterKey", `The specified key isn't valid: ${String(key)}.`);
  }
}

const lastName = (arn: string) => arn.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1);
