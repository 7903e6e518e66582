/** What of a request tells cached answers apart, and what of it goes to the origin. Source: CloudFront Developer Guide, "Understand cache policies", "Understand origin request policies". */
import { cookiesOf, type Header, headerOf, queryPairs, type ViewerRequest } from "./request.ts";
import type { BehaviorSpec, OriginSpec, Selection } from "./specification.ts";

export function selects({ mode, names }: Selection, name: string): boolean {
  switch (mode) {
    case "none":
      return false;
    case "all":
      return true;
    case "whitelist":
      return names.includes(name);
    case "allExcept":
      return !names.includes(name);
  }
}

/** `br,gzip`, `gzip`, `br`, or `undefined` where the policy does not look at it or the viewer takes neither. */
export function acceptedEncodings({ headers }: Pick<ViewerRequest, "headers">, { gzip, brotli }: BehaviorSpec["key"]): string | undefined {
  const accepted = (headerOf(headers, "accept-encoding") ?? "")
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
    .map((part) => part.split(";")[0]!.trim());
  const takes = (name: string) => accepted.includes(name) || accepted.includes("*");
  const found = [...(brotli && takes("br") ? ["br"] : []), ...(gzip && takes("gzip") ? ["gzip"] : [])];
  return found.length > 0 ? found.join(",") : undefined;
}

/** Tells apart what the cache keeps. Its first line is the path, its third the query, for invalidations. */
export function cacheKey(request: ViewerRequest, behavior: BehaviorSpec, path: string): string {
  const { key } = behavior;
  const query = queryPairs(request.query).filter(({ name }) => selects(key.query, name));
  const parts = [path, acceptedEncodings(request, key) ?? "", query.map(({ text }) => text).join("&")];
  if (key.headers.mode !== "none") {
    const names = key.headers.mode === "whitelist" ? key.headers.names : [...new Set(request.headers.map(([name]) => name))].toSorted();
    for (const name of names) if (selects(key.headers, name)) parts.push(`${name}:${viewerHeader(request, name) ?? ""}`);
  }
  if (key.cookies.mode !== "none")
    for (const [name, value] of cookiesOf(request.headers)) if (selects(key.cookies, name)) parts.push(`${name}=${value}`);
  return parts.join("\n");
}

/** Headers that CloudFront makes itself for who asks for them by name; where a viewer is, nobody on loopback knows. */
export function viewerHeader({ headers, protocol, httpVersion, client }: ViewerRequest, name: string): string | undefined {
  const agent = () => headerOf(headers, "user-agent") ?? "";
  const isMobile = () => /\b(?:Mobile|iPhone|Android.*Mobile)\b/.test(agent());
  const isTablet = () => /\b(?:iPad|Tablet)\b/.test(agent()) || (/Android/.test(agent()) && !isMobile());
  switch (name) {
    case "cloudfront-forwarded-proto":
      return protocol;
    case "cloudfront-viewer-http-version":
      return httpVersion;
    case "cloudfront-viewer-address":
      return `${client.address}:${client.port}`;
    case "cloudfront-is-mobile-viewer":
      return String(isMobile() && !isTablet());
    case "cloudfront-is-tablet-viewer":
      return String(isTablet());
    case "cloudfront-is-desktop-viewer":
      return String(!isMobile() && !isTablet());
    case "cloudfront-is-smarttv-viewer":
      return String(/\b(?:SmartTV|SMART-TV)\b/i.test(agent()));
    default:
      return name.startsWith("cloudfront-") ? undefined : headerOf(headers, name);
  }
}

/** Of one connection, or made anew for the origin. */
const dropped = new Set(
  (
    "connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade expect http2-settings host content-length " +
    "x-amz-cf-id x-http-method-override x-real-ip x-edge-location x-forwarded-for via accept-encoding"
  ).split(" "),
);
/** Only where a policy names them. */
const onlyAsked = new Set("accept accept-charset accept-language cookie referer user-agent x-forwarded-proto".split(" "));
/** Of the request itself: they go to the origin under every policy. */
const always =
  /^(?:content-(?:type|encoding|language|disposition|md5)|if-(?:match|none-match|modified-since|unmodified-since|range)|range|sec-websocket-.+|x-amz-content-sha256)$/;

export interface OriginHead {
  /** With the query. */
  uri: string;
  host: string;
  headers: Header[];
}

export function originHead(
  request: ViewerRequest,
  behavior: BehaviorSpec,
  origin: Pick<OriginSpec, "domainName" | "path" | "headers" | "kind">,
  own: { domainName: string; requestId: string },
): OriginHead {
  const { key, forwarded, legacy } = behavior;
  const asks = (kind: "headers" | "cookies" | "query", name: string) => selects(key[kind], name) || selects(forwarded[kind], name);
  const reads = request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS";
  const headers: Header[] = [];
  for (const [name, value] of request.headers) {
    if (dropped.has(name) || name === "cookie") continue;
    const goes = asks("headers", name) || always.test(name) || (name === "authorization" ? !reads : legacy && !onlyAsked.has(name));
    if (goes) headers.push([name, value]);
  }
  for (const name of [...key.headers.names, ...forwarded.headers.names])
    if (name.startsWith("cloudfront-") && !headers.some(([each]) => each === name)) {
      const value = asks("headers", name) ? viewerHeader(request, name) : undefined;
      if (value !== undefined) headers.push([name, value]);
    }
  const cookies = cookiesOf(request.headers).filter(([name]) => asks("cookies", name));
  if (cookies.length > 0) headers.push(["cookie", cookies.map(([name, value]) => `${name}=${value}`).join("; ")]);
  if (!asks("headers", "user-agent")) headers.push(["user-agent", "Amazon CloudFront"]);
  const encodings = key.gzip || key.brotli ? acceptedEncodings(request, key) : undefined;
  const encoding = encodings ?? (asks("headers", "accept-encoding") ? headerOf(request.headers, "accept-encoding") : undefined);
  if (encoding !== undefined) headers.push(["accept-encoding", encoding]);
  const before = headerOf(request.headers, "x-forwarded-for");
  headers.push(["x-forwarded-for", before === undefined ? request.client.address : `${before}, ${request.client.address}`]);
  const via = headerOf(request.headers, "via");
  headers.push(
    ["via", `${via === undefined ? "" : `${via}, `}${viaName(request.httpVersion, own.domainName)}`],
    ["x-amz-cf-id", own.requestId],
  );
  const named = new Set(origin.headers.map(([name]) => name.toLowerCase()));
  const query = queryPairs(request.query)
    .filter(({ name }) => asks("query", name))
    .map(({ text }) => text)
    .join("&");
  return {
    uri: `${origin.path}${request.path}${query === "" ? "" : `?${query}`}`,
    host: asks("headers", "host") ? (headerOf(request.headers, "host") ?? request.host) : origin.domainName,
    headers: [...headers.filter(([name]) => !named.has(name)), ...origin.headers],
  };
}

export const viaName = (httpVersion: string, domainName: string) => `${httpVersion} ${domainName} (CloudFront)`;
