/** Errors as each protocol shapes them. */
import type { AwsError } from "../aws-error.ts";
import { writeCbor, cborForm } from "./cbor.ts";
import { jsonForm, writeTree } from "./json.ts";
import type { ErrorModel, Model } from "./model.ts";
import type { Protocol, WireService } from "./services.ts";
import { escapeXml, writeMembers } from "./xml.ts";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Text goes out together with the head, in one write. */
  body: string | Buffer;
}

/** `model` is absent where the service is not known. */
export function errorAnswer(
  error: AwsError,
  protocol: Protocol,
  service: WireService | undefined,
  model: Model | undefined,
  requestId: string,
): Answer {
  const known = model?.errorByCode(error.code);
  switch (protocol) {
    case "json-1.0":
    case "json-1.1":
    case "cbor":
      return treeError(error, known, protocol, service, requestId);
    case "rest-json":
      return restJsonError(error, known, requestId);
    case "query":
      return queryError(error, known, service, requestId);
    case "ec2":
      return {
        status: error.status,
        headers: { "Content-Type": "text/xml;charset=UTF-8", "x-amzn-RequestId": requestId },
        body: `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      };
    case "rest-xml":
      // Other services in XML answer with errors as the query protocol has them.
      return service && service.id !== "s3" ? queryError(error, known, service, requestId) : s3Error(error, requestId);
  }
}

function treeError(
  error: AwsError,
  known: ErrorModel | undefined,
  protocol: "json-1.0" | "json-1.1" | "cbor",
  service: WireService | undefined,
  requestId: string,
): Answer {
  const other = service?.jsonErrors?.[error.code];
  const name = known?.name ?? other ?? error.code;
  const namespace = other !== undefined ? "com.amazon.coral.service#" : service && protocol !== "json-1.1" ? `${service.namespace}#` : "";
  const messageName = (known && [...known.shape.members.keys()].find((member) => member.toLowerCase() === "message")) ?? "message";
  const form = protocol === "cbor" ? cborForm : jsonForm;
  const members = known ? (writeTree(known.shape, error.members, form) as object) : error.members;
  // AWS leaves an empty message out (KMSInvalidSignatureException).
  const told = error.message !== "" && { [messageName]: error.message };
  const tree = { __type: `${namespace}${name}`, ...members, ...told };
  const headers: Record<string, string> = { "x-amzn-RequestId": requestId };
  if (protocol === "cbor") {
    headers["Content-Type"] = "application/cbor";
    headers["smithy-protocol"] = "rpc-v2-cbor";
  } else headers["Content-Type"] = `application/x-amz-${protocol}`;
  if (service?.queryCompatible) headers["x-amzn-query-error"] = `${known?.code ?? error.code};${senderOf(error, known)}`;
  return { status: error.status, headers, body: protocol === "cbor" ? writeCbor(tree) : JSON.stringify(tree) };
}

function restJsonError(error: AwsError, known: ErrorModel | undefined, requestId: string): Answer {
  const name = known?.name ?? error.code;
  const members = known ? (writeTree(known.shape, error.members, jsonForm) as object) : error.members;
  const messageName = (known && [...known.shape.members.keys()].find((member) => member.toLowerCase() === "message")) ?? "message";
  const withCode = known?.shape.members.has("ErrorCode") ? { ErrorCode: name } : {};
  return {
    status: known?.status ?? error.status,
    headers: { "Content-Type": "application/json", "x-amzn-errortype": name, "x-amzn-RequestId": requestId },
    body: JSON.stringify({ ...withCode, ...members, [messageName]: error.message }),
  };
}

function queryError(error: AwsError, known: ErrorModel | undefined, service: WireService | undefined, requestId: string): Answer {
  const members = known ? [...known.shape.members.values()].filter(({ name }) => name.toLowerCase() !== "message") : [];
  const message = service?.queryMessages?.[error.code] ?? error.message;
  const namespace = service ? ` xmlns="${service.xmlNamespace}"` : "";
  const body = `<ErrorResponse${namespace}><Error><Type>${senderOf(error, known)}</Type><Code>${escapeXml(known?.code ?? error.code)}</Code><Message>${escapeXml(message)}</Message>${writeMembers(members, error.members, {})}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  return {
    status: known?.status ?? error.status,
    headers: { "Content-Type": "text/xml", "x-amzn-RequestId": requestId },
    body,
  };
}

/** S3's are bare, and carry members that no schema has (`BucketName`, `Key`). */
function s3Error(error: AwsError, requestId: string): Answer {
  const members = Object.entries(error.members)
    .filter(([name, value]) => /^(?:[A-Z][\w-]*|[a-z]+[A-Z]\w*)$/.test(name) && value !== undefined)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join("");
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>${members}<RequestId>${requestId}</RequestId><HostId>${hostId(requestId)}</HostId></Error>`;
  return {
    status: error.status,
    headers: {
      "Content-Type": "application/xml",
      "x-amz-request-id": requestId,
      "x-amz-id-2": hostId(requestId),
      ...Object.fromEntries(
        Object.entries(error.members)
          .filter(([name]) => /^[a-z][a-z0-9-]*$/.test(name))
          .map(([name, value]) => [name, String(value)]),
      ),
    },
    body: error.status === 304 ? "" : body,
  };
}

export const hostId = (requestId: string): string => Buffer.from(`plinth/${requestId}`).toString("base64");

const senderOf = (error: AwsError, known: ErrorModel | undefined): "Sender" | "Receiver" =>
  error.status >= 500 || known?.fault === "server" ? "Receiver" : "Sender";
