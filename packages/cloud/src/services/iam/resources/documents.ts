/** What IAM's resource types have in common: documents as text, deletes that are content when a thing is gone, lists brought up to date. */
import { AwsError } from "../../../aws-error.ts";

export const textOf = (document: unknown): string => (typeof document === "string" ? document : JSON.stringify(document));

/** Runs a delete; that the thing was gone already is success. */
export async function gone(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "NoSuchEntity")) throw error;
  }
}

/** What is in `now` and not in `then`. */
export const added = (now: readonly string[] = [], then: readonly string[] = []): string[] =>
  [...new Set(now)].filter((one) => !then.includes(one));

interface InlinePolicy {
  PolicyName: string;
  PolicyDocument: unknown;
}

/** Puts the inline policies of a template, and deletes those that it no longer has. */
export async function bringInline(
  now: readonly InlinePolicy[] = [],
  then: readonly InlinePolicy[] = [],
  { put, remove }: { put: (name: string, document: string) => Promise<unknown>; remove: (name: string) => Promise<unknown> },
): Promise<void> {
  for (const { PolicyName, PolicyDocument } of now) {
    const before = then.find((one) => one.PolicyName === PolicyName);
    if (!before || textOf(before.PolicyDocument) !== textOf(PolicyDocument)) await put(PolicyName, textOf(PolicyDocument));
  }
  for (const { PolicyName } of then) if (!now.some((one) => one.PolicyName === PolicyName)) await gone(() => remove(PolicyName));
}
