/** Answers that CloudFront compresses by itself. Source: CloudFront Developer Guide, "Serve compressed files". */
import { type BrotliCompress, constants, createBrotliCompress, createGzip, type Gzip } from "node:zlib";
import { type EdgeAnswer, headerOf, withHeader, withoutHeader } from "./request.ts";

const smallestBytes = 1_000;
const largestBytes = 10_000_000;

/** Those of the table in the guide. */
const types = new Set(
  (
    "application/dash+xml application/eot application/font application/font-sfnt application/javascript application/json application/opentype application/otf " +
    "application/pdf application/pkcs7-mime application/protobuf application/rss+xml application/truetype application/ttf application/vnd.apple.mpegurl " +
    "application/vnd.mapbox-vector-tile application/vnd.ms-fontobject application/wasm application/xhtml+xml application/xml application/x-font-opentype " +
    "application/x-font-truetype application/x-font-ttf application/x-httpd-cgi application/x-javascript application/x-mpegurl application/x-opentype " +
    "application/x-otf application/x-perl application/x-ttf font/eot font/opentype font/otf font/ttf image/svg+xml text/css text/csv text/html text/javascript " +
    "text/js text/plain text/richtext text/tab-separated-values text/xml text/x-component text/x-java-source text/x-script vnd.apple.mpegurl"
  ).split(" "),
);

const compressible = new Set([200, 403, 404]);

/** `br` or `gzip`, where this answer is one that is compressed for who takes `encodings`. */
export function encodingFor({ status, headers }: EdgeAnswer, encodings: string | undefined): "br" | "gzip" | undefined {
  if (encodings === undefined || !compressible.has(status)) return undefined;
  if (headerOf(headers, "content-encoding") !== undefined) return undefined;
  if (headerOf(headers, "cache-control")?.toLowerCase().includes("no-transform")) return undefined;
  const length = Number(headerOf(headers, "content-length") ?? Number.NaN);
  if (!(length >= smallestBytes && length <= largestBytes)) return undefined;
  if (!types.has((headerOf(headers, "content-type") ?? "").split(";")[0]!.trim().toLowerCase())) return undefined;
  return encodings.startsWith("br") ? "br" : "gzip";
}

/** What is kept in the middle is quick to make rather than small. */
export const compressor = (encoding: "br" | "gzip"): BrotliCompress | Gzip =>
  encoding === "br" ? createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }) : createGzip();

/** The headers of the compressed answer: its tag is a weak one from now on. */
export function encodedHeaders({ headers }: Pick<EdgeAnswer, "headers">, encoding: string): EdgeAnswer["headers"] {
  const tag = headerOf(headers, "etag");
  const vary = headerOf(headers, "vary");
  let changed = withHeader(withoutHeader(headers, "content-length"), "content-encoding", encoding);
  if (tag !== undefined && !tag.startsWith("W/")) changed = withHeader(changed, "etag", `W/${tag}`);
  if (!/\baccept-encoding\b/i.test(vary ?? ""))
    changed = withHeader(changed, "vary", vary === undefined ? "Accept-Encoding" : `${vary}, Accept-Encoding`);
  return withoutHeader(changed, "accept-ranges");
}
