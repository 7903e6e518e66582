/** Requests and answers as CloudFront Functions get them and give them back. */
import {
  type FunctionEvent,
  type FunctionOutcome,
  type FunctionRequest,
  type FunctionResponse,
  type FunctionValue,
  runFunction,
} from "./function.ts";
import type { Place } from "./place.ts";
import { cookiesOf, decoded, type EdgeAnswer, type Header, queryPairs, type ViewerRequest } from "./request.ts";
import type { FunctionSpec } from "./specification.ts";

/** Headers that functions neither see nor set. */
const readOnly = new Set(["content-length", "transfer-encoding", "connection", "via", "cookie"]);

function grouped(pairs: readonly Header[]): Record<string, FunctionValue> {
  const found: Record<string, FunctionValue> = {};
  for (const [name, value] of pairs) {
    const before = Object.hasOwn(found, name) ? found[name]! : undefined;
    if (!before) found[name] = { value };
    else before.multiValue = [...(before.multiValue ?? [{ value: before.value }]), { value }];
  }
  return found;
}

const valuesOf = ({ value, multiValue }: FunctionValue) => multiValue?.map((each) => String(each.value)) ?? [String(value)];

const flat = (values: Record<string, FunctionValue> | undefined): Header[] =>
  Object.entries(values ?? {}).flatMap(([name, value]) => valuesOf(value).map((each): Header => [name.toLowerCase(), each]));

function requestEvent(request: ViewerRequest): FunctionRequest {
  return {
    method: request.method,
    uri: request.path,
    querystring: grouped(
      queryPairs(request.query).map(({ name, text }) => [name, text.includes("=") ? text.slice(text.indexOf("=") + 1) : ""]),
    ),
    headers: grouped(request.headers.filter(([name]) => !readOnly.has(name))),
    cookies: grouped(cookiesOf(request.headers)),
  };
}

const eventOf = (place: Place, eventType: string, requestId: string, request: ViewerRequest): FunctionEvent => ({
  version: "1.0",
  context: { distributionDomainName: place.spec.domainName, distributionId: place.spec.id, eventType, requestId },
  viewer: { ip: request.client.address },
  request: requestEvent(request),
});

/** What a function on requests decided: the request as it shall be, an answer of its own, or that it failed. */
export type RequestVerdict = { request: ViewerRequest } | { answer: EdgeAnswer } | { failed: 500 | 503 };

export function onViewerRequest(place: Place, called: FunctionSpec, request: ViewerRequest, requestId: string): RequestVerdict {
  const outcome = run(place, called, eventOf(place, "viewer-request", requestId, request), requestId);
  if (outcome.error !== undefined) return { failed: 503 };
  const value = outcome.value as Partial<FunctionRequest & FunctionResponse>;
  if (typeof value !== "object" || value === null) return { failed: 503 };
  if (value.statusCode !== undefined) return { answer: answerOf(value as FunctionResponse) };
  if (typeof value.uri !== "string" || !value.uri.startsWith("/")) return { failed: 503 };
  const query = Object.entries(value.querystring ?? {})
    .flatMap(([name, each]) => valuesOf(each).map((one) => (one === "" ? encoded(name) : `${encoded(name)}=${one}`)))
    .join("&");
  const cookies = flat(value.cookies).map(([name, one]) => `${name}=${one}`);
  const kept = request.headers.filter(([name]) => readOnly.has(name) && name !== "cookie");
  return {
    request: {
      ...request,
      path: value.uri,
      query,
      headers: [...kept, ...flat(value.headers), ...(cookies.length > 0 ? [["cookie", cookiesText(value.cookies)] as const] : [])],
    },
  };
}

/** Cookies keep their names as they are. */
const cookiesText = (cookies: Record<string, FunctionValue> | undefined) =>
  Object.entries(cookies ?? {})
    .flatMap(([name, value]) => valuesOf(value).map((each) => `${name}=${each}`))
    .join("; ");

const encoded = (name: string) => (decoded(name) === name ? encodeURIComponent(name) : name);

/** The answer as the function wants it, its body as it was unless the function gives one; `undefined` where it failed. */
export function onViewerResponse(
  place: Place,
  called: FunctionSpec,
  request: ViewerRequest,
  answer: EdgeAnswer,
  requestId: string,
): EdgeAnswer | undefined {
  const setCookies = answer.headers.filter(([name]) => name === "set-cookie");
  const event = eventOf(place, "viewer-response", requestId, request);
  event.response = {
    statusCode: answer.status,
    statusDescription: "",
    headers: grouped(answer.headers.filter(([name]) => !readOnly.has(name) && name !== "set-cookie")),
    cookies: grouped(setCookies.map(([, value]) => [value.split("=")[0]!.trim(), value.slice(value.indexOf("=") + 1)])),
  };
  const outcome = run(place, called, event, requestId);
  const value = outcome.value as FunctionResponse | undefined;
  if (outcome.error !== undefined || typeof value?.statusCode !== "number") return undefined;
  const own = answerOf(value);
  const kept = answer.headers.filter(([name]) => readOnly.has(name) && (name !== "content-length" || value.body === undefined));
  return {
    status: own.status,
    headers: [...kept, ...own.headers.filter(([name]) => value.body !== undefined || name !== "content-length")],
    body: value.body === undefined ? answer.body : own.body,
  };
}

function answerOf({ statusCode, headers, cookies, body }: FunctionResponse): EdgeAnswer {
  const bytes =
    body === undefined
      ? Buffer.alloc(0)
      : typeof body === "string"
        ? Buffer.from(body)
        : Buffer.from(body.data, body.encoding === "base64" ? "base64" : "utf8");
  const set = Object.entries(cookies ?? {}).flatMap(([name, cookie]) =>
    valuesOf(cookie).map((value): Header => ["set-cookie", `${name}=${value}${cookie.attributes ? `; ${cookie.attributes}` : ""}`]),
  );
  return {
    status: statusCode,
    headers: [...flat(headers).filter(([name]) => !readOnly.has(name)), ...set, ["content-length", String(bytes.length)]],
    body: bytes,
  };
}

function run(place: Place, called: FunctionSpec, event: FunctionEvent, requestId: string): FunctionOutcome {
  const outcome = runFunction(called, event);
  const lines = outcome.error === undefined ? outcome.logs : [...outcome.logs, `Error: ${outcome.error}`];
  if (lines.length > 0) place.traffic.logged(called, requestId, lines);
  return outcome;
}
