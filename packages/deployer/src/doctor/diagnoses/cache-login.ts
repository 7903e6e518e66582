/** Programs that Redis or Valkey does not let in. */
import { saidInLogs } from "../said-in-logs.ts";

export const cacheLogin = saidInLogs({
  title: "caches take the token of programs",
  pattern:
    /WRONGPASS|NOAUTH|ERR AUTH|invalid username-password pair|ERR invalid password|(redis|6379).*(ECONNREFUSED|ECONNRESET|ETIMEDOUT|refused|closed)|(ECONNREFUSED|ECONNRESET|ETIMEDOUT).*(6379|redis)/iu,
  symptom: "is not let in by its cache",
  cause: "The AUTH token in its environment is not the cache's, or the program speaks without TLS to a cache that asks for it (rediss://).",
  remedy: "plinth restart NAMEOPTIONS takes the present token; use REDIS_URL as it is given, with its rediss://",
});
