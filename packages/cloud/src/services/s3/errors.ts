/** The errors of S3, in AWS's words. Members go into the error's XML. */
import { AwsError } from "../../aws-error.ts";

export const noSuchBucket = (BucketName: string) =>
  new AwsError("NoSuchBucket", "The specified bucket does not exist", 404, { BucketName });
/** Under a key may lie a delete marker: then the answer says so. */
export const noSuchKey = (Key: string, marker?: { version: string }) =>
  new AwsError("NoSuchKey", "The specified key does not exist.", 404, {
    Key,
    ...(marker && { "x-amz-delete-marker": "true", "x-amz-version-id": marker.version }),
  });
export const noSuchVersion = (Key: string, VersionId: string) =>
  new AwsError("NoSuchVersion", "The specified version does not exist.", 404, { Key, VersionId });
/** HEAD has no body to carry a code: clients see the status alone. */
export const notFound = (members: Readonly<Record<string, unknown>> = {}) => new AwsError("NotFound", "Not Found", 404, { ...members });
/** What a cache needs of it goes along (RFC 9110, 15.4.5). */
export const notModified = (etag: string, modifiedMs: number) =>
  new AwsError("NotModified", "Not Modified", 304, { etag: `"${etag}"`, "last-modified": new Date(modifiedMs).toUTCString() });
export const preconditionFailed = (Condition: string) =>
  new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412, { Condition });
export const invalidRange = (RangeRequested: string, ActualObjectSize: number) =>
  new AwsError("InvalidRange", "The requested range is not satisfiable", 416, { RangeRequested, ActualObjectSize });
export const invalidPartNumber = (PartNumberRequested: number, ActualPartCount: number) =>
  new AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416, { PartNumberRequested, ActualPartCount });
/** What a condition asked for was there when the call began, and was deleted before it ended. */
export const conditionConflict = (Condition: string, Key: string) =>
  new AwsError(
    "ConditionalRequestConflict",
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
    409,
    { Condition, Key },
  );
export const headerNotImplemented = (Header: string, additionalMessage: string) =>
  new AwsError("NotImplemented", "A header you provided implies functionality that is not implemented", 501, {
    Header,
    additionalMessage,
  });
export const invalidArgument = (message: string, ArgumentName: string, ArgumentValue: unknown) =>
  new AwsError("InvalidArgument", message, 400, { ArgumentName, ArgumentValue });
export const invalidRequest = (message: string) => new AwsError("InvalidRequest", message, 400);
export const malformedXml = () =>
  new AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
export const missingBody = () => new AwsError("MissingRequestBodyError", "Request Body is empty", 400);
export const malformedAcl = () =>
  new AwsError("MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema", 400);
/** Of a call that is to set an access control list and brings none. */
export const missingAcl = () =>
  new AwsError("MissingSecurityHeader", "Your request was missing a required header", 400, { MissingHeaderName: "x-amz-acl" });
/** Of a version that is a delete marker: all that can be done to it is to delete it. */
export const markerInTheWay = (Method: string, version: string, modifiedMs: number) =>
  new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405, {
    Method,
    ResourceType: "DeleteMarker",
    allow: "DELETE",
    "last-modified": new Date(modifiedMs).toUTCString(),
    "x-amz-delete-marker": "true",
    "x-amz-version-id": version,
  });
export const locked = () => new AwsError("AccessDenied", "Access Denied because object protected by object lock.", 403);
export const invalidState = (StorageClass: string) =>
  new AwsError("InvalidObjectState", "The operation is not valid for the object's storage class", 403, { StorageClass });
export const noSuchUpload = (UploadId: string) =>
  new AwsError(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    404,
    { UploadId },
  );
export const notRestorable = (StorageClass: string) =>
  new AwsError("InvalidObjectState", "Restore is not allowed for the object's current storage class", 403, { StorageClass });
/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);
