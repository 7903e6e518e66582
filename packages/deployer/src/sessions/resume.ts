/** Another token for a session whose connection broke. */
import type { Aws } from "../aws.ts";
import type { SessionAddress } from "./data-channel-client.ts";

/** `undefined` when the session has ended. */
export async function resumeSession(aws: Aws, sessionId: string): Promise<SessionAddress | undefined> {
  const { StreamUrl, TokenValue } = await aws.call("ssm", "ResumeSession", { SessionId: sessionId });
  return StreamUrl && TokenValue ? { sessionId, streamUrl: StreamUrl, tokenValue: TokenValue } : undefined;
}
