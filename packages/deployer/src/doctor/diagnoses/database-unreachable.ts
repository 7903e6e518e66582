/** Programs that do not get through to their database. */
import { saidInLogs } from "../said-in-logs.ts";

export const databaseUnreachable = saidInLogs({
  title: "programs reach their databases",
  pattern:
    /(ETIMEDOUT|ECONNREFUSED|EHOSTUNREACH|ENOTFOUND).*(5432|rds\.amazonaws|postgres|database)|(postgres|database|5432|rds\.amazonaws).*(timed? ?out|refused|ETIMEDOUT|ECONNREFUSED|ENOTFOUND|unreachable)|timeout expired.*connect|Connection terminated due to connection timeout|the database system is (starting up|shutting down)/iu,
  symptom: "does not reach its database",
  cause:
    "The database does not answer: a security group does not let the service through, the database is stopped, or it wakes from a pause (up to half a minute).",
  remedy:
    "plinth statusOPTIONS shows the database; name it in env of NAME in plinth.config.ts and deploy, which opens the way; give the first connection a minute",
});
