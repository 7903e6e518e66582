/** The command `plue`: `plue serve` is the API, `plue migrate` brings the tables up to date. */
import { serveApi } from "./api.ts";
import { openDatabase } from "./database.ts";
import { log, reasonOf } from "./log.ts";
import { migrate } from "./migrations.ts";
import { settings } from "./settings.ts";

const [command] = process.argv.slice(2);
try {
  if (command === "serve") {
    const { DATABASE_URL, PORT } = settings("DATABASE_URL", "PORT");
    serveApi({ database: openDatabase(DATABASE_URL), folder: process.env.PLUE_REPOSITORIES ?? "/srv/git", port: Number(PORT) });
  } else if (command === "migrate") {
    const database = openDatabase(settings("DATABASE_URL").DATABASE_URL);
    const applied = await migrate(database);
    log("INFO", applied.length > 0 ? `applied ${applied.join(", ")}` : "nothing to apply");
    await database.end();
  } else {
    process.stderr.write("usage: plue serve | plue migrate\n");
    process.exitCode = 2;
  }
} catch (error) {
  log("ERROR", reasonOf(error));
  process.exitCode = 1;
}
