/** One request from a viewer to its answer: rules of the behavior, firewall, functions, cache and origins, and the headers that tell of them. */
import { Readable } from "node:stream";
import { behaviorFor } from "./behaviors.ts";
import { fetchAnswer, type Fetched, type Fetching } from "./fetch.ts";
import { onViewerRequest, onViewerResponse } from "./function-events.ts";
import { ownAnswer, redirectAnswer } from "./own-answers.ts";
import type { Place, ResultType } from "./place.ts";
import { type EdgeAnswer, type Header, headerOf, type ViewerRequest, withHeader, withoutHeader } from "./request.ts";
import { appliedHeaders } from "./response-headers.ts";
import { viaName } from "./selection.ts";
import type { BehaviorSpec, EdgeSpec } from "./specification.ts";

export interface Exchanged extends Fetched {
  requestId: string;
}

/** What CloudFront takes for the place of its servers; here there is one. */
const pop = "LOO50-P1";

export const newRequestId = ({ random }: Pick<Place, "random">): string => `${Buffer.from(random.hex(82), "hex").toString("base64url")}==`;

export async function exchange(
  place: Place,
  request: ViewerRequest,
  bodyBytes: number | undefined,
  signal: AbortSignal,
): Promise<Exchanged> {
  const { spec } = place;
  const requestId = newRequestId(place);
  const fetching: Fetching = { requestId, bodyBytes, signal };
  const behavior = behaviorFor(spec, request.path);
  const { answer, resultType } = (await refused(place, request, behavior, requestId)) ?? (await served(place, request, behavior, fetching));
  return { answer: { ...answer, headers: told(place, request, answer.headers, resultType, requestId) }, resultType, requestId };
}

/** Whether a name is this distribution's own: its address, its domain name, or one of its aliases. */
export function answersTo({ address, domainName, aliases }: EdgeSpec, host: string): boolean {
  if (host === address || host === domainName) return true;
  const parent = `*${host.slice(host.indexOf("."))}`;
  return aliases.includes(host) || aliases.includes(parent);
}

/** The certificate's own names are asked of by TLS; here it is what the request says. */
const unknownHost =
  "Bad request. We can't connect to the server for this app or website at this time. The host of the request is no alias of the distribution.";
const onlyCachable =
  "This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests.";

async function refused(place: Place, request: ViewerRequest, behavior: BehaviorSpec, requestId: string): Promise<Fetched | undefined> {
  const { spec } = place;
  const error = (status: number, reason?: string): Fetched => ({ answer: ownAnswer(status, requestId, reason), resultType: "Error" });
  if (!answersTo(spec, request.host)) return error(403, unknownHost);
  if (request.protocol === "http" && behavior.viewerProtocol !== "allow-all") {
    if (behavior.viewerProtocol === "https-only") return error(403, "Bad request. HTTP is not allowed here: use HTTPS.");
    const reads = request.method === "GET" || request.method === "HEAD";
    if (!reads && request.httpVersion === "1.0") return error(403);
    const port = spec.entryPort ?? spec.ports.https;
    const host = `${request.host}${port === 443 ? "" : `:${port}`}`;
    const location = `https://${host}${request.path}${request.query === "" ? "" : `?${request.query}`}`;
    return { answer: redirectAnswer(reads ? 301 : 307, location), resultType: "Redirect" };
  }
  if (!behavior.methods.includes(request.method)) return error(403, onlyCachable);
  return undefined;
}

async function served(place: Place, given: ViewerRequest, behavior: BehaviorSpec, fetching: Fetching): Promise<Fetched> {
  const { requestId } = fetching;
  let request = given;
  const called = behavior.functions;
  const blocked = await firewallAnswer(place, request);
  if ("answer" in blocked) return { answer: blocked.answer, resultType: "Error" };
  ({ request } = blocked);
  if (called.viewerRequest) {
    const verdict = onViewerRequest(place, called.viewerRequest, request, requestId);
    if ("failed" in verdict)
      return {
        answer: ownAnswer(
          503,
          requestId,
          "The CloudFront function associated with the CloudFront distribution is invalid or could not be run.",
        ),
        resultType: "FunctionExecutionError",
      };
    if ("answer" in verdict) return { answer: verdict.answer, resultType: "FunctionGeneratedResponse" };
    ({ request } = verdict);
  }
  if (request.path === "/" && place.spec.rootObject !== "") request = { ...request, path: `/${place.spec.rootObject}` };
  let fetched = await fetchAnswer(place, request, behavior, fetching);
  fetched = (await errorPage(place, request, fetched, fetching)) ?? fetched;
  fetched = withPolicy(place, request, behavior, fetched);
  if (called.viewerResponse && fetched.answer.status < 400) {
    const changed = onViewerResponse(place, called.viewerResponse, request, fetched.answer, requestId);
    if (!changed) {
      if (fetched.answer.body instanceof Readable) fetched.answer.body.destroy();
      return { answer: ownAnswer(503, requestId), resultType: "FunctionExecutionError" };
    }
    fetched = { ...fetched, answer: changed };
  }
  return fetched;
}

/** The page for an error, with the status that it shall have; the error itself where the page is not to be had. */
async function errorPage(place: Place, request: ViewerRequest, { answer }: Fetched, fetching: Fetching): Promise<Fetched | undefined> {
  const page = place.spec.errors.find(({ status }) => status === answer.status)?.page;
  if (!page) return undefined;
  const asked: ViewerRequest = {
    ...request,
    method: request.method === "HEAD" ? "HEAD" : "GET",
    path: page.path,
    query: "",
    headers: request.headers.filter(([name]) => !/^(?:range|if-.*|content-.*)$/.test(name)),
    body: undefined,
  };
  const found = await fetchAnswer(place, asked, behaviorFor(place.spec, page.path), { ...fetching, bodyBytes: undefined });
  if (found.answer.status !== 200) {
    if (found.answer.body instanceof Readable) found.answer.body.resume();
    return undefined;
  }
  if (answer.body instanceof Readable) answer.body.resume();
  return { answer: { ...found.answer, status: page.status }, resultType: "Error" };
}

function withPolicy(place: Place, request: ViewerRequest, { responseHeaders: policy }: BehaviorSpec, fetched: Fetched): Fetched {
  if (!policy) return fetched;
  const timed = policy.serverTimingPercent > 0 && place.random.below(10_000) < policy.serverTimingPercent * 100;
  const timing = timed ? `cdn-cache-${fetched.resultType === "Hit" ? "hit" : "miss"},cdn-pop;desc="${pop}"` : undefined;
  const headers = appliedHeaders(request.headers, request.method, fetched.answer.headers, policy, timing);
  return { ...fetched, answer: { ...fetched.answer, headers } };
}

/** The firewall's own answer, or the request with what it adds. */
async function firewallAnswer(place: Place, request: ViewerRequest): Promise<{ answer: EdgeAnswer } | { request: ViewerRequest }> {
  const firewall = place.firewall();
  if (!firewall) return { request };
  const { first, cut, body } = await peeked(request.body, firewall.bodyLimitBytes);
  const { method, path, query, httpVersion, headers, client } = request;
  const verdict = firewall.inspect({
    method,
    path,
    query,
    httpVersion: `HTTP/${httpVersion}`,
    headers,
    sourceIp: client.address,
    body: first,
    bodyCut: cut,
  });
  if (verdict.action === "ALLOW")
    return {
      request: {
        ...request,
        body,
        headers: [...headers, ...verdict.insertHeaders.map(([name, value]): Header => [name.toLowerCase(), value])],
      },
    };
  body?.resume();
  const bytes = Buffer.from(verdict.body);
  if (verdict.body === "" && verdict.status === 403) return { answer: ownAnswer(403, newRequestId(place)) };
  return {
    answer: {
      status: verdict.status,
      headers: [...verdict.headers.map(([name, value]): Header => [name.toLowerCase(), value]), ["content-length", String(bytes.length)]],
      body: bytes,
    },
  };
}

/** The beginning of a body, and the whole of it again. */
async function peeked(
  body: Readable | undefined,
  limitBytes: number,
): Promise<{ first: Buffer; cut: boolean; body: Readable | undefined }> {
  if (!body || limitBytes === 0) return { first: Buffer.alloc(0), cut: body !== undefined, body };
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const rest = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let ended = false;
  while (sizeBytes <= limitBytes && !ended) {
    const next = await rest.next();
    if (next.done) ended = true;
    else {
      chunks.push(next.value);
      sizeBytes += next.value.length;
    }
  }
  const whole = async function* () {
    yield* chunks;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  };
  return {
    first: Buffer.concat(chunks).subarray(0, limitBytes),
    cut: sizeBytes > limitBytes,
    body: Readable.from(whole(), { objectMode: false }),
  };
}

/** What CloudFront says of each answer. */
function told(place: Place, request: ViewerRequest, answered: readonly Header[], resultType: ResultType, requestId: string): Header[] {
  let headers = [...withoutHeader(answered, "x-cache")];
  if (headerOf(headers, "date") === undefined) headers.push(["date", new Date(place.clock.nowMs()).toUTCString()]);
  const via = headerOf(headers, "via");
  headers = withHeader(
    headers,
    "via",
    `${via === undefined ? "" : `${via}, `}${viaName(request.httpVersion === "2.0" ? "1.1" : request.httpVersion, place.spec.domainName)}`,
  );
  headers.push(["x-cache", `${resultType === "FunctionExecutionError" ? "FunctionExecutionError" : resultType} from cloudfront`]);
  headers.push(["x-amz-cf-pop", pop], ["x-amz-cf-id", requestId]);
  return headers;
}
