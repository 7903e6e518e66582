/** The cookies that bind a client to a target or a target group: AWSALB, AWSALBAPP, AWSALBTG, each with its twin for other sites. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Header } from "./http-head.ts";
import { cookieOf } from "./request.ts";

export type StickyCookie = "AWSALB" | "AWSALBAPP-0" | "AWSALBTG";

/** What a cookie says, when it was made with `secret` and is not over. */
export function readSticky(secret: Buffer, headers: readonly Header[], name: StickyCookie, nowMs: number): string | undefined {
  const text = cookieOf(headers, name) ?? (name === "AWSALBAPP-0" ? undefined : cookieOf(headers, `${name}CORS`));
  if (text === undefined || !/^[\w-]{24,2000}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  const body = bytes.subarray(16);
  if (!timingSafeEqual(signature(secret, name, body), bytes.subarray(0, 16))) return undefined;
  const content = body.toString("utf8");
  const at = content.indexOf(" ");
  return Number(content.slice(0, at)) < nowMs ? undefined : content.slice(at + 1);
}

/** The Set-Cookie headers that bind to `what` for so long. */
export function writeSticky(
  secret: Buffer,
  name: StickyCookie,
  what: string,
  { nowMs, seconds, secure }: { nowMs: number; seconds: number; secure: boolean },
): Header[] {
  const expiresMs = nowMs + seconds * 1000;
  const body = Buffer.from(`${expiresMs} ${what}`);
  const value = Buffer.concat([signature(secret, name, body), body]).toString("base64url");
  const plain = `${value}; Expires=${new Date(expiresMs).toUTCString()}; Path=/`;
  if (name === "AWSALBAPP-0") return [["Set-Cookie", `${name}=${plain}`]];
  return [
    ["Set-Cookie", `${name}=${plain}`],
    ["Set-Cookie", `${name}CORS=${plain}; SameSite=None${secure ? "; Secure" : ""}`],
  ];
}

function signature(secret: Buffer, name: string, body: Buffer): Buffer {
  return createHmac("sha256", secret).update(name).update("\0").update(body).digest().subarray(0, 16);
}
