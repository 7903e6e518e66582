/** How XADD and XTRIM cut a stream: to a length, or from an id on. */
import { count } from "../../arguments.ts";
import { RedisError, syntaxError } from "../../reply.ts";
import { compareIds, lowerBound, parseId, type Stream, type StreamId, zeroId } from "../../stream.ts";

export interface Trim {
  kind: "MAXLEN" | "MINID";
  maxLength: number;
  minId: StreamId;
}

/** `MAXLEN|MINID [=|~] threshold [LIMIT count]`; an approximate trim is done exactly. Answers how many words it took. */
export function parseTrim(args: readonly string[], at: number): { trim: Trim; words: number } {
  const kind = args[at]!.toUpperCase() as Trim["kind"];
  let next = at + 1;
  const approximate = args[next] === "~";
  if (approximate || args[next] === "=") next++;
  const threshold = args[next++];
  if (threshold === undefined) throw syntaxError();
  const trim: Trim = { kind, maxLength: 0, minId: zeroId };
  if (kind === "MAXLEN") {
    trim.maxLength = count(threshold);
    if (trim.maxLength < 0) throw new RedisError("ERR The MAXLEN argument must be >= 0.");
  } else trim.minId = parseId(threshold, 0n);
  if (args[next]?.toUpperCase() === "LIMIT") {
    if (!approximate) throw new RedisError("ERR syntax error, LIMIT cannot be used without the special ~ option");
    count(args[next + 1]);
    next += 2;
  }
  return { trim, words: next - at };
}

export function trimmed(stream: Stream, { kind, maxLength, minId }: Trim): number {
  const surplus = kind === "MAXLEN" ? Math.max(0, stream.entries.length - maxLength) : lowerBound(stream, minId);
  const gone = stream.entries.splice(0, surplus);
  const last = gone.at(-1);
  if (last && compareIds(last.id, stream.maxDeletedId) > 0) stream.maxDeletedId = last.id;
  return surplus;
}
