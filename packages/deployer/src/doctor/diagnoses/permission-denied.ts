/** Programs that call AWS and are not allowed to. */
import { saidInLogs } from "../said-in-logs.ts";

export const permissionDenied = saidInLogs({
  title: "programs may do what they do",
  pattern: /is not authorized to perform|AccessDenied(Exception)?\b|UnauthorizedOperation/u,
  symptom: "was denied a call of AWS",
  cause: "What a service may do follows from its env and uses: the thing that it called is in neither.",
  remedy: "Name it in env or uses of NAME in plinth.config.ts and deploy",
});
