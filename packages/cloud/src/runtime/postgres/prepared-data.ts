/** What first databases are copied from, made before one asks for it. */
import type { Cloud } from "../../cloud.ts";
import { templateOf } from "./data-folder.ts";
import { hasSystemVector } from "./installation.ts";
import { preparePgliteFolder } from "./pglite.ts";

/** A database that will be asked for. */
export interface ExpectedDatabase {
  major: number;
  /** Whether with pgvector, which decides who serves it. */
  vector: boolean;
}

/** Resolves at the end, also where that did not work: then the database that asks says why. */
export async function prepareData(cloud: Cloud, expected: readonly ExpectedDatabase[]): Promise<void> {
  await Promise.allSettled(
    expected.map(({ major, vector }) => (vector && !hasSystemVector(major) ? preparePgliteFolder(cloud) : templateOf(cloud, major))),
  );
}
