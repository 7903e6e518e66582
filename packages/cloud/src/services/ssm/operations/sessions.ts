/** Sessions: started to a container of a task (ECS Exec), resumed, listed, ended. */
import type { Session, SessionFilter } from "@aws-sdk/client-ssm";
import { AwsError } from "../../../aws-error.ts";
import {
  listSessions,
  liveSessions,
  openSession,
  type OpenedSession,
  type SessionRecord,
  type SessionState,
} from "../../../runtime/sessions/sessions.ts";
import { sessionTargets } from "../../../runtime/sessions/targets.ts";
import { operation } from "../../../service.ts";
import { pageOf } from "../../../paging.ts";
import { invalidNextToken } from "../errors.ts";
import { purposeOf, shellDocument } from "../session-documents.ts";

export const startSession = operation("ssm", "StartSession", (input, context) => {
  const { cloud, region, principal } = context;
  const document = input.DocumentName ?? shellDocument;
  const purpose = purposeOf(document, input.Parameters ?? {});
  const target = sessionTargets(cloud).get(input.Target);
  const missing = target?.disconnected() ?? (purpose.kind === "terminal" ? target?.terminalsMissing() : undefined);
  if (!target || missing !== undefined) throw new AwsError("TargetNotConnected", `${input.Target} is not connected.`);
  return answer(
    openSession(cloud, {
      prefix: lastName(principal.arn),
      region,
      targetId: input.Target,
      target,
      owner: principal.arn,
      document,
      reason: input.Reason,
      purpose,
    }),
  );
});

const answer = ({ sessionId, streamUrl, tokenValue }: OpenedSession) => ({
  SessionId: sessionId,
  StreamUrl: streamUrl,
  TokenValue: tokenValue,
});

/** Of a session that has ended there is no token: by that clients know (session-manager-plugin `session/sessionhandler.go`). */
export const resumeSession = operation("ssm", "ResumeSession", ({ SessionId }, { cloud, region }) => {
  const live = liveSessions(cloud).get(SessionId);
  if (live) return answer(live.resume());
  if (listSessions(cloud, region).some(({ id }) => id === SessionId)) return { SessionId };
  throw new AwsError("DoesNotExistException", `Session ${SessionId} does not exist`);
});

/** AWS answers alike for a session that is not there. */
export const terminateSession = operation("ssm", "TerminateSession", async ({ SessionId }, { cloud }) => {
  await liveSessions(cloud).get(SessionId)?.end("The session was terminated.");
  return { SessionId };
});

export const describeSessions = operation("ssm", "DescribeSessions", (input, { cloud, region }) => {
  const wanted = listSessions(cloud, region)
    .filter(({ endedMs }) => (endedMs === undefined) === (input.State === "Active"))
    .map((record) => describe(record, liveSessions(cloud).get(record.id)?.state))
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

function describe(record: SessionRecord, state: SessionState = "Connecting"): Session {
  return {
    SessionId: record.id,
    Target: record.target,
    Status: record.endedMs !== undefined ? "Terminated" : state,
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
