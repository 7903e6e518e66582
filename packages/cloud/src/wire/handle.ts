/** One AWS request from its first byte to its answer: identified, authenticated, read, run, written. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "../aws-error.ts";
import { type Cloud, notServed } from "../cloud.ts";
import { diskFull, isDiskFull } from "../disk-full.ts";
import { contentMismatch } from "./auth-errors.ts";
import { authenticate, authenticateLegacy, type Caller } from "./authenticate.ts";
import { collectBody, unpack } from "./body.ts";
import { errorAnswer, type Answer } from "./error-answer.ts";
import { MalformedContent } from "./fault.ts";
import { answerFormUpload, isFormUpload } from "./form-upload.ts";
import { bodyDecides, identify, isForm, type Identified } from "./identify.ts";
import { type Model, modelOf } from "./model.ts";
import { matchRest } from "./rest-route.ts";
import { runOperation } from "./run-operation.ts";
import { answerS3 } from "./s3-request.ts";
import { sendAnswer } from "./send-answer.ts";
import { internalFailure, malformed, noAction, unknownOperation } from "./service-faults.ts";
import type { Protocol, WireService } from "./services.ts";
import { readLegacy } from "./sigv2.ts";
import { sha256Hex } from "./sigv4.ts";
import { bucketAddress } from "./virtual-host.ts";
import type { SuccessAnswer } from "./write-output.ts";

export interface HandleOptions {
  /** Its signal is aborted when the caller hangs up, the account is reset or the cloud stops; most calls end before anybody looks at it. */
  call: { readonly signal: AbortSignal };
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
    const answer = await answerTo(request, cloud, options.call, requestId, progress);
    tellTime(response, cloud, progress);
    await sendAnswer(request, response, answer);
    tell(answer, undefined);
  } catch (thrown) {
    const error = awsErrorOf(thrown, progress, options, cloud);
    const protocol = progress.protocol ?? "rest-xml";
    if (!response.headersSent) tellTime(response, cloud, progress);
    if (response.headersSent) response.destroy();
    else {
      const answer = errorAnswer(error, protocol, progress.service, progress.model, requestId);
      await sendAnswer(request, response, answer);
      tell(answer, error.code);
    }
  }

  function tell({ status, headers, body }: SuccessAnswer | Answer, errorCode: string | undefined): void {
    const { service, operation, labels, caller, startedMs } = progress;
    if (startedMs === undefined || operation === undefined) return;
    const length = headers["Content-Length"] ?? (typeof body === "string" || Buffer.isBuffer(body) ? Buffer.byteLength(body) : 0);
    const whole = /\/(\d+)$/.exec(headers["Content-Range"] ?? "")?.[1];
    cloud.active(service!.id)!.answered!(
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

function awsErrorOf(thrown: unknown, { protocol, service, operation }: Progress, { report, call }: HandleOptions, cloud: Cloud): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (thrown instanceof MalformedContent) return malformed(thrown, protocol ?? "rest-xml");
  if (call.signal.aborted && call.signal.reason instanceof AwsError) return call.signal.reason;
  if (isDiskFull(thrown)) return diskFull(cloud.world.disk.root);
  report(thrown, `${service?.id ?? "unknown service"}:${operation ?? "unknown operation"}`);
  return internalFailure(protocol);
}

async function answerTo(
  request: IncomingMessage,
  cloud: Cloud,
  call: HandleOptions["call"],
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
  // Nobody can have asked to be told as long as it has not been called.
  if (cloud.active(service.id)?.answered) progress.startedMs = cloud.world.clock.nowMs();

  if (protocol === "rest-xml" || protocol === "rest-json") {
    const address = service.id === "s3" ? bucketAddress(request.headers.host, rawPath) : { bucket: undefined, path: rawPath };
    if (service.id === "s3" && !signed && isFormUpload(request, address.path, address.bucket)) {
      progress.operation = "PostObject";
      return answerFormUpload({ request, cloud, service, model, bucket: address.bucket!, requestId, signal: call.signal });
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
      return answerS3({ request, cloud, call, requestId, identified, query, operation, labels, caller });
    }
    sent ??= await collectBody(request);
    const caller = authenticate(cloud, service, operation.name, signed, () => requestOf(sha256Hex(sent!)));
    const body = await unpack(sent, request.headers["content-encoding"]);
    return runOperation({ request, cloud, call, requestId, identified, query, operation, labels, caller, body, parameters: query });
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
  return runOperation({ request, cloud, call, requestId, identified, query, operation, labels: {}, caller, body, parameters });
}

/** Older clients of SQS send to the queue's own URL, and name it nowhere else. */
function takeQueueUrl(service: WireService, path: string, parameters: URLSearchParams): void {
  if (service.id === "sqs" && /^\/\d{12}\/[\w.-]+\/?$/.test(path) && !parameters.has("QueueUrl")) parameters.set("QueueUrl", path);
}

function unspoken({ name, operation }: Identified, query: URLSearchParams): AwsError {
  return notServed(name, operation ?? query.get("Action") ?? "this operation");
}
