/** A rotation that has begun and not ended, in the stage's notes: whoever comes after a crash goes on with it, under the same token. */
import type { Deployment } from "../../deployment.ts";
import { deleteNote, readNotes, writeNote } from "../../notes.ts";

/** What remembers one, below the stage's path. */
export const rotationNote = (name: string) => `rotation/${name}`;

export interface BegunRotation {
  /** The id of the secrets' versions that it makes. */
  token: string;
  /** ISO 8601. */
  since: string;
}

export interface Begun<R extends BegunRotation> {
  rotation: R;
  /** Whether an earlier attempt had begun it. */
  resumed: boolean;
  /** Notes what became known. */
  note(more: Partial<R>): Promise<void>;
  end(): Promise<void>;
}

/** @param first what is to be remembered of a rotation that begins now. */
export async function beginRotation<R extends BegunRotation>(
  { aws, assembly: { app, stage }, time }: Deployment,
  name: string,
  first: () => Promise<Omit<R, keyof BegunRotation>>,
): Promise<Begun<R>> {
  const note = rotationNote(name);
  const known = (await readNotes(aws, app, stage)).get(note);
  const write = (rotation: R) => writeNote(aws, app, stage, note, JSON.stringify(rotation));
  let rotation: R;
  if (known === undefined) {
    rotation = { token: crypto.randomUUID(), since: new Date(time.now()).toISOString(), ...(await first()) } as R;
    await write(rotation);
  } else rotation = JSON.parse(known) as R;
  return {
    rotation,
    resumed: known !== undefined,
    async note(more) {
      Object.assign(rotation, more);
      await write(rotation);
    },
    end: () => deleteNote(aws, app, stage, note),
  };
}

/** The rotations that have not ended, as `secrets rotate` takes them. */
export const unfinishedRotations = (notes: ReadonlyMap<string, string>): string[] =>
  [...notes.keys()].flatMap((name) =>
    name.startsWith("rotation/") ? [name.slice("rotation/".length).replace(/\.master$/, " --master")] : [],
  );
