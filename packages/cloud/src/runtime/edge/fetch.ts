/** An answer for a request that a behavior serves: from what is kept, else from the origin or the group of them. */
import { finished, PassThrough, Readable } from "node:stream";
import type { BrotliCompress, Gzip } from "node:zlib";
import { type Kept, largestKeptBytes } from "./cache.ts";
import { compressor, encodedHeaders, encodingFor } from "./compression.ts";
import { freshSeconds } from "./freshness.ts";
import { OriginFailure, type OriginRequest } from "./origin.ts";
import { ownAnswer } from "./own-answers.ts";
import { partOf } from "./partial.ts";
import type { Place, ResultType } from "./place.ts";
import { type EdgeAnswer, type Header, headerOf, type ViewerRequest, withHeader } from "./request.ts";
import { acceptedEncodings, cacheKey, originHead } from "./selection.ts";
import type { BehaviorSpec, OriginSpec } from "./specification.ts";

export interface Fetched {
  answer: EdgeAnswer;
  resultType: ResultType;
}

export interface Fetching {
  requestId: string;
  bodyBytes: number | undefined;
  signal: AbortSignal;
}

const conditional = new Set(["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"]);

export async function fetchAnswer(place: Place, request: ViewerRequest, behavior: BehaviorSpec, fetching: Fetching): Promise<Fetched> {
  const { cache, clock } = place;
  const cached = behavior.cachedMethods.includes(request.method);
  const key = cached ? `${cacheKey(request, behavior, request.path)}${request.method === "OPTIONS" ? "\nOPTIONS" : ""}` : "";
  let kept = cached ? cache.get(key) : undefined;
  if (kept && clock.nowMs() < kept.freshUntilMs) return fromKept(place, request, kept, "Hit");
  const shares = cached && request.method === "GET" && behavior.ttl.maxSeconds > 0 && headerOf(request.headers, "range") === undefined;
  if (!shares) return ask(place, request, behavior, fetching, cached ? key : undefined, kept);
  // One of many that ask for the same goes to the origin; the others take what it brings, if it may be kept.
  const underWay = place.fetching.get(key);
  if (underWay) {
    await underWay;
    kept = cache.get(key);
    if (kept && clock.nowMs() < kept.freshUntilMs) return fromKept(place, request, kept, "Hit");
    return ask(place, request, behavior, fetching, key, kept);
  }
  let over!: () => void;
  place.fetching.set(key, new Promise((done) => (over = done)));
  const end = () => {
    place.fetching.delete(key);
    over();
  };
  try {
    const fetched = await ask(place, request, behavior, fetching, key, kept);
    if (fetched.answer.body instanceof Readable) finished(fetched.answer.body, end);
    else end();
    return fetched;
  } catch (error) {
    end();
    throw error;
  }
}

function fromKept({ clock }: Place, request: ViewerRequest, kept: Kept, resultType: ResultType): Fetched {
  const age = Math.max(0, Math.floor((clock.nowMs() - kept.storedMs) / 1000)) + Number(headerOf(kept.headers, "age") ?? 0);
  const headers = withHeader(withHeader(kept.headers, "content-length", String(kept.body.length)), "age", String(age));
  const answer = partOf(request.headers, kept.status, headers, kept.body);
  return {
    answer: request.method === "HEAD" ? { ...answer, body: undefined } : answer,
    resultType: kept.status >= 400 ? "Error" : resultType,
  };
}

/** `key`: under which the answer is kept, where it may be. */
async function ask(
  place: Place,
  request: ViewerRequest,
  behavior: BehaviorSpec,
  fetching: Fetching,
  key: string | undefined,
  kept: Kept | undefined,
): Promise<Fetched> {
  const { spec, cache, clock } = place;
  const keeps = key !== undefined && behavior.ttl.maxSeconds > 0;
  // What shall be kept is asked for whole; whether the viewer has it already is told from what came.
  let headers = keeps ? request.headers.filter(([name]) => !conditional.has(name)) : request.headers;
  if (kept && headerOf(request.headers, "range") === undefined && request.method === "GET") headers = [...headers, ...validators(kept)];
  let answer: EdgeAnswer;
  try {
    answer = await askOrigins(place, { ...request, headers }, behavior, fetching);
  } catch (error) {
    if (!(error instanceof OriginFailure)) throw error;
    if (kept && kept.status < 400) return fromKept(place, request, kept, "Hit");
    const own = ownAnswer(error.status, fetching.requestId, error.message);
    keep(place, key, request, own, behavior);
    return { answer: own, resultType: "Error" };
  }
  const nowMs = clock.nowMs();
  if (kept && answer.status === 304) {
    drain(answer);
    const renewed = answer.headers.filter(([name]) => name !== "content-length");
    const merged = [...kept.headers.filter(([name]) => !renewed.some(([each]) => each === name)), ...renewed];
    const seconds = freshSeconds(kept.status, merged, behavior, spec.errors, nowMs);
    const fresh = { ...kept, headers: merged, storedMs: nowMs, freshUntilMs: nowMs + seconds * 1000 };
    if (key !== undefined) cache.put(key, fresh);
    return fromKept(place, request, fresh, "RefreshHit");
  }
  if (kept && kept.status < 400 && answer.status >= 500) {
    drain(answer);
    return fromKept(place, request, kept, "Hit");
  }
  const encoding =
    behavior.compress && request.method === "GET" ? encodingFor(answer, acceptedEncodings(request, behavior.key)) : undefined;
  if (encoding) answer = compressed(answer, compressor(encoding), encodedHeaders(answer, encoding));
  const resultType = answer.status >= 400 ? "Error" : "Miss";
  return { answer: keep(place, key, request, answer, behavior), resultType };
}

const validators = ({ headers }: Kept): Header[] => {
  const found: Header[] = [];
  const [tag, modified] = [headerOf(headers, "etag"), headerOf(headers, "last-modified")];
  if (tag !== undefined) found.push(["if-none-match", tag]);
  if (modified !== undefined) found.push(["if-modified-since", modified]);
  return found;
};

function drain({ body }: EdgeAnswer): void {
  if (body instanceof Readable) body.resume();
}

function compressed({ status, body }: EdgeAnswer, stream: BrotliCompress | Gzip, headers: EdgeAnswer["headers"]): EdgeAnswer {
  const source = body instanceof Readable ? body : Readable.from(body === undefined ? [] : [body]);
  source.on("error", (error) => stream.destroy(error));
  return { status, headers, body: source.pipe(stream) };
}

/** The answer as it passes; what it holds is kept when it has come whole and may be. */
function keep(place: Place, key: string | undefined, request: ViewerRequest, answer: EdgeAnswer, behavior: BehaviorSpec): EdgeAnswer {
  const nowMs = place.clock.nowMs();
  const seconds =
    key === undefined || request.method === "HEAD" ? 0 : freshSeconds(answer.status, answer.headers, behavior, place.spec.errors, nowMs);
  const length = Number(headerOf(answer.headers, "content-length") ?? 0);
  if (key === undefined || seconds <= 0 || length > largestKeptBytes) return answer;
  const put = (body: Buffer) =>
    place.cache.put(key, { status: answer.status, headers: answer.headers, body, storedMs: nowMs, freshUntilMs: nowMs + seconds * 1000 });
  if (!(answer.body instanceof Readable)) {
    put(answer.body ?? Buffer.alloc(0));
    return answer;
  }
  const source = answer.body;
  const through = new PassThrough();
  let chunks: Buffer[] | undefined = [];
  let sizeBytes = 0;
  through.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > largestKeptBytes) chunks = undefined;
    chunks?.push(chunk);
  });
  through.pause();
  source.on("error", (error) => through.destroy(error));
  source.on("close", () => {
    if (!source.readableEnded) through.destroy(new Error("the origin broke off"));
  });
  through.on("close", () => void (source.readableEnded || source.destroy()));
  through.on("end", () => {
    if (chunks) put(Buffer.concat(chunks));
  });
  return { ...answer, body: source.pipe(through) };
}

/** Failover is for requests that change nothing (CloudFront Developer Guide, "Optimize high availability with CloudFront origin failover"). */
const failsOver = new Set(["GET", "HEAD", "OPTIONS"]);

async function askOrigins(place: Place, request: ViewerRequest, behavior: BehaviorSpec, fetching: Fetching): Promise<EdgeAnswer> {
  const { spec } = place;
  const group = spec.groups.find(({ id }) => id === behavior.targetId);
  const originOf = (id: string) => spec.origins.find((origin) => origin.id === id)!;
  if (!group) return askOrigin(place, originOf(behavior.targetId), request, behavior, fetching);
  const [first, second] = group.members.map(originOf);
  if (!second || !failsOver.has(request.method)) return askOrigin(place, first!, request, behavior, fetching);
  try {
    const answer = await askOrigin(place, first!, request, behavior, fetching);
    if (!group.statuses.includes(answer.status)) return answer;
    drain(answer);
  } catch (error) {
    if (!(error instanceof OriginFailure) || !group.statuses.includes(error.status)) throw error;
  }
  return askOrigin(place, second, request, behavior, fetching);
}

async function askOrigin(
  place: Place,
  origin: OriginSpec,
  request: ViewerRequest,
  behavior: BehaviorSpec,
  { requestId, bodyBytes, signal }: Fetching,
): Promise<EdgeAnswer> {
  const { spec } = place;
  const asked: OriginRequest = {
    ...originHead(request, behavior, origin, { domainName: spec.domainName, requestId }),
    origin,
    edge: spec,
    method: request.method,
    body: request.body,
    bodyBytes,
    viewer: request,
    signal,
  };
  const send = origin.kind.type === "bucket" ? place.bucket : (each: OriginRequest) => place.custom.ask(each);
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(asked);
    } catch (error) {
      // What the origin may have begun to do is not asked for twice.
      const again = error instanceof OriginFailure && !request.body && failsOver.has(request.method) && attempt < origin.attempts;
      if (!again || signal.aborted) throw error;
    }
  }
}
