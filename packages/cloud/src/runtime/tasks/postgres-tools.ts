/**
 * The tools of the public image `postgres`: a `psql` of our own, the same on every machine (`psql/`). A system's psql is not
 * used even where there is one, so that a script which works on one machine works on all.
 */
import type { Cloud } from "../../cloud.ts";
import { compiledOnce, ownProgram } from "../own-program.ts";

/** The folder that holds them, made when it is missing. */
export async function postgresTools(cloud: Cloud): Promise<string> {
  const folder = cloud.world.disk.path("bin", "postgres");
  const { files } = cloud.world.disk;
  const write = async (name: string, script: string) => {
    const path = `${folder}/${name}`;
    const present = await files.readFile(path, "utf8").catch(() => undefined);
    if (present !== script) await cloud.world.disk.replaceFile(path, script);
    await files.chmod(path, 0o700);
  };
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const program = ownProgram("./psql/main", import.meta.url);
  const environment = Object.entries(compiledOnce()).map(([name, value]) => `${name}=${quoted(value)} `);
  await write("psql", `#!/bin/sh\n${environment.join("")}exec ${quoted(process.execPath)} ${quoted(program)} "$@"\n`);
  // The image's own start script only matters to a server; for a command it is transparent.
  await write("docker-entrypoint.sh", `#!/bin/sh\nexec "$@"\n`);
  await write(
    "postgres",
    `#!/bin/sh\necho 'the embedded cloud has only psql of the image postgres; a database is made with RDS' >&2\nexit 1\n`,
  );
  return folder;
}
