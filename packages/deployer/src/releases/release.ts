/**
 * The releases of a stage: who deployed what, when, from which commit, and what came of it. Each is one SSM parameter below
 * `/plinth/{app}/{stage}/releases/`, so that they lie in the account, beside what they tell of. Only the newest are kept.
 */
import type { Aws } from "../aws.ts";
import { deleteNote, notesPath, type Notes, readNotes } from "../notes.ts";

export type ReleaseResult =
  | "running"
  | "deployed"
  /** What had been reached by then stands; services that did not come up serve on in the version before. */
  | "failed"
  | "interrupted";

export interface Commit {
  id: string;
  /** Whether files differed from it. */
  dirty: boolean;
  branch?: string;
}

export interface Release {
  /** Counts up from 1 for each stage. */
  number: number;
  kind: "deploy" | "rollback";
  /** A rollback: the release that it went back to. */
  of?: number;
  /** A rollback: whether the templates of programs went back too, and not only their images. */
  templates?: boolean;
  startedAt: string;
  durationMs?: number;
  result: ReleaseResult;
  /** Why it failed, in one line. */
  reason?: string;
  /** The caller's ARN. */
  by: string;
  /** `alice@laptop`. */
  from: string;
  commit?: Commit;
  /** Where not all layers were deployed. */
  layers?: string[];
  /** What runs since: images by digest, by the image's name; and task definitions as `family:revision`, by program. */
  images: Record<string, string>;
  taskDefinitions: Record<string, string>;
  /** Migrations that ran: a rollback does not undo them. */
  migrations: string[];
}

/** How many are kept, and how many revisions of each task definition. */
export const keptReleases = 20;

const prefix = "releases/";
/** Of an SSM parameter of the standard tier, without charge. */
const standardSizeBytes = 4096;

const noteOf = (number: number) => `${prefix}${String(number).padStart(6, "0")}`;

/** Newest first. */
export function releasesIn(notes: Notes): Release[] {
  return [...notes]
    .filter(([name]) => name.startsWith(prefix))
    .toSorted(([a], [b]) => b.localeCompare(a))
    .flatMap(([, text]) => parse(text) ?? []);
}

export const readReleases = async (aws: Aws, app: string, stage: string): Promise<Release[]> =>
  releasesIn(await readNotes(aws, app, stage));

/** One whose text is not ours, or of a later version, is passed over. */
function parse(text: string): Release | undefined {
  try {
    const release = JSON.parse(text) as Release;
    return Number.isInteger(release.number) && typeof release.result === "string" ? release : undefined;
  } catch {
    return undefined;
  }
}

export async function writeRelease(aws: Aws, app: string, stage: string, release: Release): Promise<void> {
  const whole = JSON.stringify(release);
  // What the task definitions say as well goes first.
  const fits = Buffer.byteLength(whole) <= standardSizeBytes;
  const Value = fits ? whole : JSON.stringify({ ...release, ...(release.reason && { reason: release.reason.slice(0, 200) }) });
  const Tier = Buffer.byteLength(Value) <= standardSizeBytes ? "Standard" : "Advanced";
  await aws.call("ssm", "PutParameter", {
    Name: notesPath(app, stage) + noteOf(release.number),
    Type: "String",
    Value,
    Tier,
    Overwrite: true,
  });
}

export const deleteRelease = (aws: Aws, app: string, stage: string, number: number): Promise<void> =>
  deleteNote(aws, app, stage, noteOf(number));

/** What runs now: the newest that came out whole. */
export const runningRelease = (releases: readonly Release[]): Release | undefined => releases.find(({ result }) => result === "deployed");
