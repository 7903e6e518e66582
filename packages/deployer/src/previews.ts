/** Previews that end by themselves: each deploy writes down until when its stage lives, and whoever reaps destroys what is past that. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import type { Time } from "./deployment.ts";
import { readLease } from "./lease.ts";
import { writeNote } from "./notes.ts";

export interface Preview {
  stage: string;
  /** ISO 8601. */
  expires: string;
  expired: boolean;
  /** Somebody changes it now. */
  held: boolean;
}

const note = "expires";

/** At the beginning of a deploy, so that one which fails half way is reaped as well. Stages that are no previews have no end. */
export async function extendLife(aws: Aws, time: Time, { app, stage, expireAfterMs }: Assembly): Promise<string | undefined> {
  if (expireAfterMs === undefined) return undefined;
  const expires = new Date(time.now() + expireAfterMs).toISOString();
  await writeNote(aws, app, stage, note, expires);
  return expires;
}

/** All previews of an app in this account and region, those first that end first. */
export async function listPreviews(aws: Aws, time: Time, app: string): Promise<Preview[]> {
  const Path = `/plinth/${app}/`;
  const found: { stage: string; expires: string }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.call("ssm", "GetParametersByPath", { Path, Recursive: true, NextToken });
    for (const { Name = "", Value = "" } of page.Parameters ?? []) {
      const [stage = "", name, ...more] = Name.slice(Path.length).split("/");
      if (name === note && more.length === 0 && Number.isFinite(Date.parse(Value))) found.push({ stage, expires: Value });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  const previews = await Promise.all(
    found.map(async ({ stage, expires }) => ({
      stage,
      expires,
      expired: Date.parse(expires) <= time.now(),
      held: (await readLease(aws, app, stage)) !== undefined,
    })),
  );
  return previews.sort((a, b) => Date.parse(a.expires) - Date.parse(b.expires));
}
