/** An operation's answer as its protocol shapes it. */
import type { Readable } from "node:stream";
import { cborForm, writeCbor } from "./cbor.ts";
import { hostId } from "./error-answer.ts";
import { document, writeBound } from "./http-binding.ts";
import { jsonForm, writeTree } from "./json.ts";
import type { OperationModel } from "./model.ts";
import type { Protocol, WireService } from "./services.ts";
import { escapeXml, writeMembers, type XmlStyle } from "./xml.ts";

export interface SuccessAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer | Readable | undefined;
}

/** A key under which an operation's answer can carry a status of success other than the usual one (REST protocols). */
export const httpStatus = Symbol("HTTP status");

/** IAM and STS give whole seconds. */
const styleOf = ({ id }: WireService): XmlStyle => (id === "iam" || id === "sts" ? { wholeSeconds: true } : {});

export function writeOutput(
  operation: OperationModel,
  output: Record<string, unknown>,
  protocol: Protocol,
  service: WireService,
  requestId: string,
): SuccessAnswer {
  switch (protocol) {
    case "json-1.0":
    case "json-1.1": {
      const body = operation.hasOutput ? JSON.stringify(writeTree(operation.output, output, jsonForm)) : "";
      return { status: 200, headers: { "x-amzn-RequestId": requestId, "Content-Type": `application/x-amz-${protocol}` }, body };
    }
    case "cbor":
      return {
        status: 200,
        headers: { "x-amzn-RequestId": requestId, "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
        body: writeCbor(writeTree(operation.output, output, cborForm)),
      };
    case "query": {
      const { name } = operation;
      const inside = writeMembers(operation.output.members.values(), output, styleOf(service));
      const result = operation.hasOutput ? `<${name}Result>${inside}</${name}Result>` : "";
      const xml = `<${name}Response xmlns="${service.xmlNamespace}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`;
      return { status: 200, headers: { "x-amzn-RequestId": requestId, "Content-Type": "text/xml" }, body: xml };
    }
    case "ec2": {
      const { name } = operation;
      // Operations without an output of their own say that they were done.
      const inside = operation.hasOutput ? writeMembers(operation.output.members.values(), output, {}) : "<return>true</return>";
      const xml = `<${name}Response xmlns="${service.xmlNamespace}"><requestId>${requestId}</requestId>${inside}</${name}Response>`;
      return { status: 200, headers: { "x-amzn-RequestId": requestId, "Content-Type": "text/xml;charset=UTF-8" }, body: document(xml) };
    }
    case "rest-xml": {
      const answer = writeBound(operation, output, "xml", service.xmlNamespace, {});
      if (operation.name === "GetBucketLocation") {
        const location = output.LocationConstraint as string | undefined;
        const tag = `LocationConstraint xmlns="${service.xmlNamespace}"`;
        answer.body = document(location ? `<${tag}>${escapeXml(location)}</LocationConstraint>` : `<${tag}/>`);
      }
      const status = (output as Record<symbol, unknown>)[httpStatus];
      if (typeof status === "number") answer.status = status;
      // A part of an object, as asked for by Range (RFC 9110, 15.3.7).
      if (answer.status === 200 && answer.headers["Content-Range"] !== undefined) answer.status = 206;
      return { ...answer, headers: { "x-amz-request-id": requestId, "x-amz-id-2": hostId(requestId), ...answer.headers } };
    }
    case "rest-json": {
      const answer = writeBound(operation, output, "json", "", {});
      return { ...answer, headers: { "x-amzn-RequestId": requestId, ...answer.headers } };
    }
  }
}
