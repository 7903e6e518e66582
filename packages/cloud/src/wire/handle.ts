/** One AWS request from its first byte to its answer: identified, authenticated, read, run, written. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, type Readable } from "node:stream";
import type { ServiceId } from "../aws.ts";
import { AwsError } from "../aws-error.ts";
import { type Cloud, notServed } from "../cloud.ts";
import { diskFull, isDiskFull } from "../disk-full.ts";
import { contentMismatch } from "./auth-errors.ts";
import { authenticate, authenticateLegacy, type Caller } from "./authenticate.ts";
import { collectBody, unpack } from "./body.ts";
import { errorAnswer, type Answer } from "./error-answer.ts";
import { MalformedContent, type Reading } from "./fault.ts";
import { answerFormUpload, isFormUpload } from "./form-upload.ts";
import { takesStream } from "./http-binding.ts";
import { bodyDecides, identify, isForm, type Identified } from "./identify.ts";
import { type Model, modelOf, type OperationModel } from "./model.ts";
import { readInput } from "./read-input.ts";
import { matchRest } from "./rest-route.ts";
import { encodeKeys } from "./s3-encoding.ts";
import { internalFailure, malformed, missingMembers, noAction, unknownOperation } from "./service-faults.ts";
import type { Protocol, WireService } from "./services.ts";
import { readLegacy } from "./sigv2.ts";
import { sha256Hex } from "./sigv4.ts";
import { streamedBody } from "./streamed-body.ts";
import { bucketAddress } from "./virtual-host.ts";
import { type SuccessAnswer, writeOutput } from "./write-output.ts";

export interface HandleOptions {
  /** Aborted when the caller hangs up, the account is reset or the cloud stops. */
  signal: AbortSignal;
  /** Told of errors that are the cloud's own fault, before a 500 is answered. */
  report(error: unknown, where: string): void;
}

/** What became known of a request by the time something goes wrong. */
interface Progress {
  protocol: Protocol | undefined;
  service: WireService | undefined;
  model: Model | undefined;
  operation: string | undefined;
  /** What stands in the path, by member: bucket and key. */
  labels: Readonly<Record<string, string>>;
  caller: Caller | undefined;
  /** When it came, where its service wants to be told of it. */
  startedMs: number | undefined;
  /** Whether it was signed with a key of a limited life, whose time has to be this cloud's. */
  temporary: boolean;
}

/** Never rejects: whatever happens, the caller gets an answer in AWS's shape, or the connection is already gone. */
export async function handleAws(request: IncomingMessage, response: ServerResponse, cloud: Cloud, options: HandleOptions): Promise<void> {
  const progress: Progress = {
    protocol: undefined,
    service: undefined,
    model: undefined,
    operation: undefined,
    temporary: false,
    labels: {},
    caller: undefined,
    startedMs: undefined,
  };
  const requestId = cloud.world.random.uuid();
  try {
    const answer = await answerTo(request, cloud, options.signal, requestId, progress);
    tellTime(response, cloud, progress);
    await send(request, response, answer);
    tell(answer, undefined);
  } catch (thrown) {
    const error = awsErrorOf(thrown, progress, options, cloud);
    const protocol = progress.protocol ?? "rest-xml";
    if (!response.headersSent) tellTime(response, cloud, progress);
    if (response.headersSent) response.destroy();
    else {
      const answer = errorAnswer(error, protocol, progress.service, progress.model, requestId);
      await send(request, response, answer);
      tell(answer, error.code);
    }
  }

  function tell({ status, headers, body }: SuccessAnswer | Answer, errorCode: string | undefined): void {
    const { service, operation, labels, caller, startedMs } = progress;
    if (startedMs === undefined || operation === undefined) return;
    const length = headers["Content-Length"] ?? (typeof body === "string" || Buffer.isBuffer(body) ? Buffer.byteLength(body) : 0);
    const whole = /\/(\d+)$/.exec(headers["Content-Range"] ?? "")?.[1];
    cloud.services[service!.id as ServiceId]!.answered!(
      {
        request,
        requestId,
        operation,
        bucket: labels["Bucket"],
        key: labels["Key"],
        principal: caller?.principal,
        status,
        errorCode,
        sentBytes: request.method === "HEAD" ? 0 : Number(length),
        objectBytes: whole === undefined ? undefined : Number(whole),
        startedMs,
        answeredMs: cloud.world.clock.nowMs(),
      },
      cloud,
    );
  }
}

/** AWS's clients set their clocks by this header: what the cloud runs then signs in its time, also where a test has moved that. */
function tellTime(response: ServerResponse, { world: { clock } }: Cloud, { temporary }: Progress): void {
  if (temporary) response.setHeader("Date", new Date(clock.nowMs()).toUTCString());
}

function awsErrorOf(
  thrown: unknown,
  { protocol, service, operation }: Progress,
  { report, signal }: HandleOptions,
  cloud: Cloud,
): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (thrown instanceof MalformedContent) return malformed(thrown, protocol ?? "rest-xml");
  if (signal.aborted && signal.reason instanceof AwsError) return signal.reason;
  if (isDiskFull(thrown)) return diskFull(cloud.world.disk.root);
  report(thrown, `${service?.id ?? "unknown service"}:${operation ?? "unknown operation"}`);
  return internalFailure(protocol);
}

async function answerTo(
  request: IncomingMessage,
  cloud: Cloud,
  signal: AbortSignal,
  requestId: string,
  progress: Progress,
): Promise<SuccessAnswer> {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const rawQuery = mark < 0 ? "" : url.slice(mark + 1);
  const query = new URLSearchParams(rawQuery);

  let sent: Buffer | undefined;
  let identified = identify(request.headers, rawPath, query, query);
  if (bodyDecides(request.headers, identified.signed)) {
    progress.protocol = identified.protocol;
    sent = await collectBody(request);
    identified = identify(request.headers, rawPath, query, new URLSearchParams(sent.toString("utf8")));
  }
  const { service, protocol, signed } = identified;
  progress.protocol = protocol;
  progress.service = service;
  progress.operation = identified.operation;
  progress.temporary = signed !== undefined && "accessKeyId" in signed && signed.accessKeyId.startsWith("ASIA");
  if (!service) throw unspoken(identified, query);
  const model = (progress.model = modelOf(service));
  if (cloud.services[service.id as ServiceId]?.answered) progress.startedMs = cloud.world.clock.nowMs();

  if (protocol === "rest-xml" || protocol === "rest-json") {
    const address = service.id === "s3" ? bucketAddress(request.headers.host, rawPath) : { bucket: undefined, path: rawPath };
    if (service.id === "s3" && !signed && isFormUpload(request, address.path, address.bucket)) {
      progress.operation = "PostObject";
      return answerFormUpload({ request, cloud, service, model, bucket: address.bucket!, requestId, signal });
    }
    const match = matchRest(model, {
      method: request.method ?? "GET",
      path: address.path,
      bucket: address.bucket,
      query,
      headers: request.headers,
    });
    if (!match) throw unknownOperation(`${request.method} ${rawPath}`, protocol, service);
    const { operation, labels } = match;
    progress.operation = operation.name;
    progress.labels = labels;
    const requestOf = (payloadHash: string) => ({
      method: request.method!,
      rawPath,
      rawQuery,
      headers: request.headersDistinct,
      payloadHash,
    });
    if (service.id === "s3") {
      const hash = String(request.headers["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD");
      const legacy = signed ? undefined : readLegacy(query);
      const caller = legacy
        ? authenticateLegacy(cloud, service, legacy, () => requestOf(hash))
        : authenticate(cloud, service, operation.name, signed, () => requestOf(hash));
      progress.caller = caller;
      return s3Answer({ request, cloud, signal, requestId, identified, query, operation, labels, caller }, model);
    }
    sent ??= await collectBody(request);
    const caller = authenticate(cloud, service, operation.name, signed, () => requestOf(sha256Hex(sent!)));
    const body = await unpack(sent, request.headers["content-encoding"]);
    return run({ request, cloud, signal, requestId, identified, query, operation, labels, caller, body, parameters: query });
  }

  sent ??= await collectBody(request);
  const body = await unpack(sent, request.headers["content-encoding"]);
  let parameters = query;
  if ((protocol === "query" || protocol === "ec2") && isForm(request.headers) && body.length > 0) {
    parameters = new URLSearchParams(body.toString("utf8"));
    for (const [name, value] of query) if (!parameters.has(name)) parameters.append(name, value);
  }
  if (protocol === "query") takeQueueUrl(service, rawPath, parameters);
  const name = identified.operation ?? parameters.get("Action") ?? undefined;
  progress.operation = name;
  const caller = authenticate(cloud, service, name ?? "", signed, () => {
    const claimed = request.headers["x-amz-content-sha256"];
    const actual = sha256Hex(sent);
    if (typeof claimed === "string" && /^[0-9a-f]{64}$/.test(claimed) && claimed !== actual) throw contentMismatch(service);
    const payloadHash = claimed === "UNSIGNED-PAYLOAD" ? claimed : actual;
    return { method: request.method!, rawPath, rawQuery, headers: request.headersDistinct, payloadHash };
  });
  if (name === undefined) throw noAction(protocol);
  const operation = model.operations.get(name);
  if (!operation) throw unknownOperation(name, protocol, service);
  return run({ request, cloud, signal, requestId, identified, query, operation, labels: {}, caller, body, parameters });
}

/** Older clients of SQS send to the queue's own URL, and name it nowhere else. */
function takeQueueUrl(service: WireService, path: string, parameters: URLSearchParams): void {
  if (service.id === "sqs" && /^\/\d{12}\/[\w.-]+\/?$/.test(path) && !parameters.has("QueueUrl")) parameters.set("QueueUrl", path);
}

interface Running {
  request: IncomingMessage;
  cloud: Cloud;
  signal: AbortSignal;
  requestId: string;
  identified: Identified;
  query: URLSearchParams;
  operation: OperationModel;
  labels: Readonly<Record<string, string>>;
  caller: Caller;
}

/** S3: streams in, and members that come after the content, as trailers. */
async function s3Answer(running: Running, model: Model): Promise<SuccessAnswer> {
  const { request, operation, identified, caller, query } = running;
  const input: { members: Record<string, unknown> } = { members: {} };
  takeHoisted(request, query);
  if (hasNoBody(request) && !takesStream(operation.input)) return await run({ ...running, body: nothing, parameters: query, model });
  const onTrailers = (trailers: Record<string, string>) => {
    for (const { name, traits } of operation.input.members.values()) {
      const value = traits.httpHeader && trailers[traits.httpHeader.toLowerCase()];
      if (value) input.members[name] = value;
    }
  };
  const checksumsOfObject = operation.name === "CompleteMultipartUpload";
  const stream = streamedBody(request, { signed: identified.signed, caller, checksumsOfObject, onTrailers });
  stream.on("error", ignoreHere);
  const body = takesStream(operation.input) ? stream : await collectStream(stream);
  try {
    return await run({ ...running, body, parameters: query, model, holdInput: (members) => (input.members = members) });
  } finally {
    // What the handler did not read must not hold the connection.
    if (!stream.readableEnded) stream.resume();
  }
}

const nothing = Buffer.alloc(0);
const hashOfNothing = sha256Hex("");

/** Nothing comes, and nothing else was said to come: there is nothing to check on its way. */
function hasNoBody({ headers }: IncomingMessage): boolean {
  const claimed = headers["x-amz-content-sha256"];
  return (
    (headers["content-length"] ?? "0") === "0" &&
    headers["transfer-encoding"] === undefined &&
    (claimed === undefined || claimed === hashOfNothing || claimed === "UNSIGNED-PAYLOAD") &&
    headers["content-md5"] === undefined
  );
}

/**
 * Signers of URLs move `x-amz-` headers into the query, where S3 reads them as the headers they were. Not those about the body, which
 * was not there when the URL was signed.
 */
function takeHoisted({ headers }: IncomingMessage, query: URLSearchParams): void {
  if (!query.has("X-Amz-Signature") && !query.has("Signature")) return;
  for (const [name, value] of query) {
    if (/^x-amz-(?!checksum-|sdk-|content-|security-token|date$)/.test(name)) headers[name] ??= value;
  }
}

/** The reader gets the error too; without a listener of its own an unread stream would end the process. */
function ignoreHere(): void {}

async function collectStream(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestXmlBytes) throw new AwsError("MaxMessageLengthExceeded", "Your request was too large.", 400);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const largestXmlBytes = 8 * 1024 * 1024;

async function run({
  request,
  cloud,
  signal,
  requestId,
  identified,
  query,
  operation,
  labels,
  caller,
  body,
  parameters,
  holdInput,
}: Running & {
  body: Buffer | Readable;
  parameters: URLSearchParams;
  model?: Model;
  /** Takes the input that trailers are still to be written to. */
  holdInput?(input: Record<string, unknown>): void;
}): Promise<SuccessAnswer> {
  const service = identified.service!;
  const { protocol, region } = identified;
  const served = cloud.services[service.id as ServiceId];
  if (!served || !(operation.name in served.operations)) throw notServed(service.id, operation.name);
  const reading: Reading = { missing: [] };
  const input = readInput(operation, { request, protocol, body, query, parameters, labels }, reading);
  if (reading.missing.length > 0) throw missingMembers(reading, service);
  if (service.id === "s3") withoutChunkedEncoding(input, request);
  holdInput?.(input);
  let output = ((await cloud.run(service.id as ServiceId, operation.name, input, {
    principal: caller.principal,
    region,
    requestId,
    signal,
  })) ?? {}) as Record<string, unknown>;
  if (service.id === "s3" && input.EncodingType === "url") output = encodeKeys(output);
  return writeOutput(operation, output, protocol, service, requestId);
}

/** `aws-chunked` is how the body came, not what the object is. */
function withoutChunkedEncoding(input: Record<string, unknown>, { headers }: IncomingMessage): void {
  if (typeof input.ContentEncoding === "string") {
    const left = input.ContentEncoding.split(",")
      .map((step) => step.trim())
      .filter((step) => step !== "aws-chunked" && step !== "");
    if (left.length > 0) input.ContentEncoding = left.join(",");
    else delete input.ContentEncoding;
  }
  const decoded = headers["x-amz-decoded-content-length"];
  if (decoded !== undefined && "ContentLength" in input) input.ContentLength = Number(decoded);
}

function unspoken({ name, operation }: Identified, query: URLSearchParams): AwsError {
  return notServed(name, operation ?? query.get("Action") ?? "this operation");
}

async function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: SuccessAnswer | Answer): Promise<void> {
  if (response.destroyed || response.writableEnded) return;
  const length =
    typeof body === "string" ? Buffer.byteLength(body) : Buffer.isBuffer(body) ? body.length : body === undefined ? 0 : undefined;
  const isHead = request.method === "HEAD";
  if (status === 204 || status === 304) delete headers["Content-Length"];
  else if (length !== undefined && !(isHead && headers["Content-Length"] !== undefined)) headers["Content-Length"] = String(length);
  response.writeHead(status, headers);
  if (isHead || body === undefined || status === 204 || status === 304) {
    if (isStream(body)) body.destroy();
    response.end();
  } else if (isStream(body)) await new Promise<void>((done) => pipeline(body, response, () => done()));
  else response.end(body);
}

const isStream = (body: string | Buffer | Readable | undefined): body is Readable => typeof body === "object" && !Buffer.isBuffer(body);
