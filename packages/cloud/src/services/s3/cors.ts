/**
 * Cross-origin requests: a bucket's rules say to pages of which origins it answers (Amazon S3 User Guide, "Using cross-origin resource
 * sharing"). The first rule that fits is the one that counts. The words are AWS's own, with their spelling.
 */
import type { IncomingMessage } from "node:http";
import type { CORSRule } from "@aws-sdk/client-s3";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { identify, isForm } from "../../wire/identify.ts";
import { bucketAddress } from "../../wire/virtual-host.ts";
import { buckets } from "./buckets.ts";
import { parseSource } from "./copy-source.ts";

type Headers = Record<string, string>;

/**
 * What is added to the answer to a page whose origin the bucket lets in; `undefined` where no rule does. Only calls to S3 about this
 * one bucket are let in: a rule of one bucket opens neither another nor another service.
 */
export function admitPage(request: IncomingMessage, cloud: Cloud): Headers | undefined {
  const origin = request.headers.origin;
  const { bucket, key, query } = addressOf(request);
  if (origin === undefined || bucket === undefined || isForm(request.headers)) return undefined;
  const { service } = identify(request.headers, key, query, query);
  if (service?.id !== "s3" || readsElsewhere(request.headers["x-amz-copy-source"], bucket)) return undefined;
  const method = text(request.headers["access-control-request-method"]) ?? request.method!;
  const rule = rulesOf(cloud, bucket)?.find((each) => fits(each, origin, method, []));
  return rule && allowances(rule, origin);
}

/** The headers of the answer to a browser that asks whether it may (OPTIONS). Throws AWS's refusals. */
export function answerPreflight(request: IncomingMessage, cloud: Cloud): Headers {
  const { origin } = request.headers;
  const { bucket, key } = addressOf(request);
  if (origin === undefined) throw new AwsError("BadRequest", "Insufficient information. Origin request header needed.", 400);
  const method = text(request.headers["access-control-request-method"]);
  const Method = method ?? "OPTIONS";
  if (bucket === undefined || !buckets(cloud).has("global", bucket)) throw forbidden("Bucket not found", Method, "BUCKET");
  const rules = rulesOf(cloud, bucket);
  if (!rules) throw forbidden("CORS is not enabled for this bucket.", Method, "BUCKET");
  if (method === undefined) throw new AwsError("BadRequest", "Invalid Access-Control-Request-Method: null", 400);
  const asked = (text(request.headers["access-control-request-headers"]) ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const rule = rules.find((each) => fits(each, origin, method, asked));
  if (!rule) {
    throw forbidden(
      "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      Method,
      key === "/" ? "BUCKET" : "OBJECT",
    );
  }
  return { ...allowances(rule, origin), ...(asked.length > 0 && { "Access-Control-Allow-Headers": asked.join(", ") }) };
}

const forbidden = (why: string, Method: string, ResourceType: string) =>
  new AwsError("AccessForbidden", `CORSResponse: ${why}`, 403, { Method, ResourceType });

function addressOf({ url = "/", headers: { host } }: IncomingMessage) {
  const mark = url.indexOf("?");
  const { bucket, path } = bucketAddress(host, mark < 0 ? url : url.slice(0, mark));
  return { bucket, key: path, query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)) };
}

/** A copy from another bucket would read what this bucket's rules do not speak of. */
function readsElsewhere(source: string | string[] | undefined, bucket: string): boolean {
  if (source === undefined) return false;
  try {
    return parseSource(String(source)).bucket !== bucket;
  } catch {
    return true;
  }
}

function rulesOf(cloud: Cloud, bucket: string): readonly CORSRule[] | undefined {
  const found = buckets(cloud).get("global", bucket)?.configurations["Cors"] as { CORSRules?: CORSRule[] } | null | undefined;
  return found?.CORSRules;
}

function fits(
  { AllowedOrigins = [], AllowedMethods = [], AllowedHeaders = [] }: CORSRule,
  origin: string,
  method: string,
  asked: string[],
) {
  return (
    AllowedOrigins.some((pattern) => matches(pattern, origin)) &&
    AllowedMethods.includes(method) &&
    asked.every((name) => AllowedHeaders.some((pattern) => matches(pattern.toLowerCase(), name)))
  );
}

/** With at most one `*`. */
function matches(pattern: string, value: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === value;
  return value.length >= pattern.length - 1 && value.startsWith(pattern.slice(0, star)) && value.endsWith(pattern.slice(star + 1));
}

function allowances({ AllowedOrigins = [], AllowedMethods = [], ExposeHeaders = [], MaxAgeSeconds }: CORSRule, origin: string): Headers {
  const everybody = AllowedOrigins.includes("*");
  return {
    "Access-Control-Allow-Origin": everybody ? "*" : origin,
    "Access-Control-Allow-Methods": AllowedMethods.join(", "),
    ...(!everybody && { "Access-Control-Allow-Credentials": "true" }),
    ...(ExposeHeaders.length > 0 && { "Access-Control-Expose-Headers": ExposeHeaders.join(", ") }),
    ...(MaxAgeSeconds !== undefined && { "Access-Control-Max-Age": String(MaxAgeSeconds) }),
    Vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
}

const text = (header: string | string[] | undefined): string | undefined => (header === undefined ? undefined : String(header));
