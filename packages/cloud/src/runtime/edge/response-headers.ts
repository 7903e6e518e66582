/** Headers that a response headers policy puts in and takes away. Source: CloudFront Developer Guide, "Understand response headers policies". */
import { type Header, headerOf, withHeader, withoutHeader } from "./request.ts";
import type { CorsSpec, ResponseHeadersSpec } from "./specification.ts";

/** Of an answer to a viewer whose request had `asked`. `timing` is the value of Server-Timing, where this one gets it. */
export function appliedHeaders(
  asked: readonly Header[],
  method: string,
  answered: readonly Header[],
  policy: ResponseHeadersSpec,
  timing: string | undefined,
): Header[] {
  let headers = answered.filter(([name]) => !policy.remove.includes(name));
  const put = (name: string, value: string, override: boolean) => {
    if (override || headerOf(headers, name) === undefined) headers = withHeader(headers, name, value);
  };
  if (policy.cors) headers = withCors(asked, method, headers, policy.cors);
  for (const { name, value, override } of policy.set) put(name, value, override);
  if (timing !== undefined) headers = [...headers, ["server-timing", timing]];
  return headers;
}

const corsNames = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-expose-headers",
  "access-control-max-age",
];

function withCors(asked: readonly Header[], method: string, answered: readonly Header[], cors: CorsSpec): Header[] {
  const origin = headerOf(asked, "origin");
  // Who is of the same origin is told nothing; where the origin speaks of CORS itself, its word stands unless the policy overrides it.
  if (origin === undefined) return [...answered];
  if (!cors.override && corsNames.some((name) => headerOf(answered, name) !== undefined)) return [...answered];
  let headers = answered.filter(([name]) => !corsNames.includes(name));
  const all = cors.origins.includes("*");
  if (!all && !cors.origins.some((pattern) => fits(pattern, origin))) return headers;
  headers = withHeader(headers, "access-control-allow-origin", all && !cors.credentials ? "*" : origin);
  if (!all) headers = withVary(headers);
  if (cors.credentials) headers = withHeader(headers, "access-control-allow-credentials", "true");
  if (cors.exposed.length > 0) headers = withHeader(headers, "access-control-expose-headers", cors.exposed.join(", "));
  if (method === "OPTIONS" && headerOf(asked, "access-control-request-method") !== undefined) {
    const methods = cors.methods.includes("ALL") ? ["GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] : cors.methods;
    headers = withHeader(headers, "access-control-allow-methods", methods.join(", "));
    if (cors.headers.length > 0) headers = withHeader(headers, "access-control-allow-headers", cors.headers.join(", "));
    if (cors.maxAgeSeconds !== undefined) headers = withHeader(headers, "access-control-max-age", String(cors.maxAgeSeconds));
  }
  return headers;
}

/** `https://*.example.com`, or without a scheme. */
function fits(pattern: string, origin: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\?]/g, String.raw`\$&`).replaceAll("*", "[^/]*");
  return new RegExp(`^${/^https?:\/\//.test(pattern) ? "" : "https?://"}${source}$`, "i").test(origin);
}

function withVary(headers: readonly Header[]): Header[] {
  const vary = headerOf(headers, "vary");
  if (vary !== undefined && /\borigin\b/i.test(vary)) return [...headers];
  return [...withoutHeader(headers, "vary"), ["vary", vary === undefined ? "Origin" : `${vary}, Origin`]];
}
