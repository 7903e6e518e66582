/** A request's faults in the words of the service it was for. */
import { AwsError } from "../aws-error.ts";
import type { MalformedContent, Reading } from "./fault.ts";
import type { Protocol, WireService } from "./services.ts";

export function malformed(fault: MalformedContent, protocol: Protocol): AwsError {
  switch (protocol) {
    case "query":
      return new AwsError(fault.syntax ? "MalformedQueryString" : "MalformedInput", fault.message, 400);
    case "ec2":
      return new AwsError(fault.syntax ? "MalformedQueryString" : "InvalidParameterValue", fault.message, 400);
    case "rest-xml":
      return new AwsError(fault.syntax ? "MalformedXML" : "InvalidArgument", fault.message, 400);
    default:
      return new AwsError("SerializationException", fault.message, 400);
  }
}

export function missingMembers({ missing }: Reading, service: WireService): AwsError {
  const { style, code } = service.missing;
  if (service.id === "s3" && missing[0]!.path.includes(".")) {
    return new AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
  }
  if (service.id === "sqs") return missingInSqs(code, missing[0]!.name);
  if (style === "parameter") return new AwsError(code, `The request must contain the parameter ${missing[0]!.name}`, 400);
  const faults = missing.map(({ path }) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`);
  return new AwsError(code, `${faults.length} validation error${faults.length > 1 ? "s" : ""} detected: ${faults.join("; ")}`, 400);
}

/** SQS ends its sentence. A query cannot tell an empty list of entries from none: it is an empty batch. */
function missingInSqs(code: string, name: string): AwsError {
  if (name.endsWith("BatchRequestEntry"))
    return new AwsError("EmptyBatchRequest", `There should be at least one ${name} in the request.`, 400);
  return new AwsError(code, `The request must contain the parameter ${name}.`, 400);
}

export function unknownOperation(operation: string, protocol: Protocol, service: WireService): AwsError {
  switch (protocol) {
    case "query":
      return new AwsError("InvalidAction", `Could not find operation ${operation} for version ${service.version}`, 400);
    case "ec2":
      return new AwsError("InvalidAction", `The action ${operation} is not valid for this web service.`, 400);
    case "rest-xml":
      if (service.id !== "s3") return new AwsError("UnknownOperationException", `Unknown operation: ${operation}`, 404);
      return new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405);
    default:
      return new AwsError("UnknownOperationException", `Unknown operation: ${operation}`, protocol === "rest-json" ? 404 : 400);
  }
}

export const noAction = (protocol: Protocol): AwsError =>
  protocol === "query" || protocol === "ec2"
    ? new AwsError("MissingAction", "The request must contain the parameter Action", 400)
    : new AwsError("UnknownOperationException", "The request names no operation in X-Amz-Target", 400);

export const internalFailure = (protocol: Protocol | undefined): AwsError =>
  protocol === "ec2" || protocol === "rest-xml"
    ? new AwsError("InternalError", "We encountered an internal error. Please try again.", 500)
    : new AwsError("InternalFailure", "The request processing has failed because of an unknown error, exception or failure.", 500);
