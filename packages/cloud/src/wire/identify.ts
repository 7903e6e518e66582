/** Which service, protocol and operation a request is for, told before authentication so that its errors have the right shape. */
import type { IncomingHttpHeaders } from "node:http";
import { readSigned, type Signed, type Unreadable } from "./credential-scope.ts";
import { type Protocol, serviceBySigningName, serviceByTarget, serviceByVersion, type WireService, wireServices } from "./services.ts";

export interface Identified {
  /** Absent when it is a service that the cloud does not speak. */
  service: WireService | undefined;
  protocol: Protocol;
  /** Known from headers or parameters; the REST protocols find it by path, query protocols may by the body. */
  operation: string | undefined;
  region: string;
  signed: Signed | Unreadable | undefined;
  /** What the request calls the service, for the error when it is not spoken. */
  name: string;
}

/** Where a request without a credential scope is taken to be sent, as by AWS's global endpoints. */
const defaultRegion = "us-east-1";

/** Whether only the body can tell (an unsigned form with `Action`). */
export const bodyDecides = (headers: IncomingHttpHeaders, signed: Signed | Unreadable | undefined): boolean =>
  signed === undefined && headers["x-amz-target"] === undefined && isForm(headers);

export const isForm = (headers: IncomingHttpHeaders): boolean =>
  (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");

/** `parameters` are the query's, and those of a form body where it was read. */
export function identify(headers: IncomingHttpHeaders, path: string, query: URLSearchParams, parameters: URLSearchParams): Identified {
  const signed = readSigned(headers, query);
  const region = signed?.region ?? defaultRegion;
  const scopeName = signed?.service;
  const scoped = scopeName === undefined ? undefined : serviceBySigningName(scopeName);

  const cbor = headers["smithy-protocol"] === "rpc-v2-cbor" ? /^\/service\/([^/]+)\/operation\/([^/]+)\/?$/.exec(path) : null;
  if (cbor) {
    const service = serviceByTarget(cbor[1]!) ?? scoped;
    return { service, protocol: "cbor", operation: cbor[2], region, signed, name: scopeName ?? cbor[1]! };
  }
  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    const dot = target.lastIndexOf(".");
    const prefix = target.slice(0, Math.max(0, dot));
    const service = serviceByTarget(prefix) ?? (scoped?.protocol.startsWith("json") ? scoped : undefined);
    const version = /x-amz-json-(1\.[01])/.exec(headers["content-type"] ?? "")?.[1];
    const protocol = version ? (`json-${version}` as Protocol) : service?.protocol.startsWith("json") ? service.protocol : "json-1.1";
    return { service, protocol, operation: target.slice(dot + 1), region, signed, name: scopeName ?? (prefix || target) };
  }
  if (scoped) {
    const protocol = scoped.protocol.startsWith("json") && (isForm(headers) || query.has("Action")) ? "query" : scoped.protocol;
    return { service: scoped, protocol, operation: undefined, region, signed, name: scoped.id };
  }
  if (scopeName !== undefined) {
    const type = headers["content-type"] ?? "";
    const protocol: Protocol = type.includes("x-amz-json-1.0")
      ? "json-1.0"
      : isForm(headers) || query.has("Action")
        ? "query"
        : type.includes("xml")
          ? "rest-xml"
          : "rest-json";
    return { service: undefined, protocol, operation: undefined, region, signed, name: scopeName };
  }
  const action = parameters.get("Action");
  const version = parameters.get("Version");
  if (action !== null && version !== null) {
    const service = serviceByVersion(version);
    return {
      service,
      protocol: service?.protocol === "ec2" ? "ec2" : "query",
      operation: action,
      region,
      signed,
      name: `API version ${version}`,
    };
  }
  return { service: wireServices.s3, protocol: "rest-xml", operation: undefined, region, signed, name: "s3" };
}
