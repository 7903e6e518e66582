/** The command `plue`: `plue serve` is the API, `plue migrate` brings the tables up to date. */
import { serveApi } from "./api.ts";
import { noCache, openCommitCache } from "./commit-cache.ts";
import { openDatabase } from "./database.ts";
import { reportExchanges, untold } from "./exchanges.ts";
import { log, reasonOf } from "./log.ts";
import { migrate } from "./migrations.ts";
import { settings } from "./settings.ts";

const [command] = process.argv.slice(2);
try {
  if (command === "serve") {
    const { DATABASE_URL, PORT } = settings("DATABASE_URL", "PORT");
    const { REDIS_URL, PLUE_STAGE, PLUE_REPOSITORIES = "/srv/git" } = process.env;
    serveApi({
      database: openDatabase(DATABASE_URL),
      folder: PLUE_REPOSITORIES,
      port: Number(PORT),
      commits: REDIS_URL ? await openCommitCache(REDIS_URL) : noCache,
      exchanges: PLUE_STAGE ? await reportExchanges(PLUE_STAGE) : untold,
    });
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
