/** What the batch operations have in common: the rules of their entries, and an answer for each. */
import { AwsError } from "../../aws-error.ts";
import type { BatchResultErrorEntry } from "@aws-sdk/client-sqs";

const most = 10;

/** Throws where AWS refuses the whole batch. */
export function checkEntries(entries: readonly { Id: string }[], what: string): void {
  if (entries.length === 0) throw new AwsError("EmptyBatchRequest", `There should be at least one ${what} in the request.`);
  if (entries.length > most) {
    throw new AwsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${most}. You have sent ${entries.length}.`,
    );
  }
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (!/^[\w-]{1,80}$/u.test(Id)) {
      throw new AwsError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
    }
    if (seen.has(Id)) throw new AwsError("BatchEntryIdsNotDistinct", `Id ${Id} repeated.`);
    seen.add(Id);
  }
}

export interface BatchAnswer<R> {
  Successful: R[];
  Failed: BatchResultErrorEntry[];
}

/** Does `act` for each entry; one that AWS would refuse leaves the others alone. Within a change: `act` refuses before it changes anything. */
export function forEachEntry<E extends { Id: string }, R>(entries: readonly E[], act: (entry: E) => R): BatchAnswer<R> {
  const answer: BatchAnswer<R> = { Successful: [], Failed: [] };
  for (const entry of entries) {
    try {
      answer.Successful.push(act(entry));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      answer.Failed.push({ Id: entry.Id, SenderFault: error.status < 500, Code: error.code, Message: error.message });
    }
  }
  return answer;
}

/** As AWS answers: the list of failures only when there are some. */
export function shown<R>({ Successful, Failed }: BatchAnswer<R>): { Successful: R[]; Failed: BatchResultErrorEntry[] } {
  return (Failed.length > 0 ? { Successful, Failed } : { Successful }) as BatchAnswer<R>;
}
