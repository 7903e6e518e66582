/** Programs whose login the database does not take. */
import { saidInLogs } from "../said-in-logs.ts";

export const databaseLogin = saidInLogs({
  title: "databases take the logins of programs",
  pattern: /password authentication failed|no pg_hba\.conf entry|role "[^"]*" does not exist|SASL.*(authentication|password)|28P01|28000/iu,
  symptom: "is not let in by its database",
  cause: "The password in its environment is not the database's: it was changed by hand, or the task runs since before a rotation.",
  remedy: "plinth restart NAMEOPTIONS takes the present value; when it stays so, plinth deployOPTIONS administers the logins again",
});
