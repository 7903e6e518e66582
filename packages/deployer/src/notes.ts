/** What a deployment remembers about a stage between runs, in SSM parameters below `/plinth/{app}/{stage}/`. No secrets. */
import { isAwsError, type Aws } from "./aws.ts";

export type Notes = ReadonlyMap<string, string>;

export const notesPath = (app: string, stage: string) => `/plinth/${app}/${stage}/`;

/** All notes of a stage, by their name below its path. */
export async function readNotes(aws: Aws, app: string, stage: string): Promise<Notes> {
  const Path = notesPath(app, stage);
  const notes = new Map<string, string>();
  let NextToken: string | undefined;
  do {
    const page = await aws.call("ssm", "GetParametersByPath", { Path, Recursive: true, NextToken });
    for (const { Name = "", Value = "" } of page.Parameters ?? []) notes.set(Name.slice(Path.length), Value);
    NextToken = page.NextToken;
  } while (NextToken);
  return notes;
}

export async function writeNote(aws: Aws, app: string, stage: string, name: string, value: string): Promise<void> {
  await aws.call("ssm", "PutParameter", { Name: notesPath(app, stage) + name, Type: "String", Value: value, Overwrite: true });
}

/** Forgets one, if it is there. */
export async function deleteNote(aws: Aws, app: string, stage: string, name: string): Promise<void> {
  try {
    await aws.call("ssm", "DeleteParameter", { Name: notesPath(app, stage) + name });
  } catch (error) {
    if (!isAwsError(error, "ParameterNotFound")) throw error;
  }
}

/** Forgets all of a stage, except its lease. */
export async function deleteNotes(aws: Aws, app: string, stage: string): Promise<void> {
  for (const name of (await readNotes(aws, app, stage)).keys()) if (name !== "lease") await deleteNote(aws, app, stage, name);
}
