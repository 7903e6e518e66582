/** Authentication errors, which each family of services calls by names and statuses of its own. */
import { AwsError } from "../aws-error.ts";
import type { WireService } from "./services.ts";

type Family = "json" | "query" | "ec2" | "s3";

function familyOf({ id, protocol }: WireService): Family {
  if (protocol === "ec2") return "ec2";
  if (id === "s3") return "s3";
  return protocol === "query" || protocol === "rest-xml" ? "query" : "json";
}

type Row = readonly [code: string, status: number, message?: string];

type Members = Readonly<Record<string, string | number>>;

/** `members` are for S3, which says more than the others. */
const choose = (service: WireService, rows: Record<Family, Row>, message: string, members: () => Members = () => ({})): AwsError => {
  const family = familyOf(service);
  const [code, status, own] = rows[family];
  return new AwsError(code, own ?? message, status, family === "s3" ? members() : {});
};

export const missing = (service: WireService): AwsError =>
  choose(
    service,
    {
      json: ["MissingAuthenticationTokenException", 400, "Missing Authentication Token"],
      query: ["MissingAuthenticationToken", 403],
      ec2: ["MissingAuthenticationToken", 403],
      s3: ["AccessDenied", 403, "Access Denied"],
    },
    "Request is missing Authentication Token",
  );

/** A presigned URL without all of its parameters. */
export const incompleteQuery = (service: WireService, message: string): AwsError =>
  familyOf(service) === "s3" ? new AwsError("AuthorizationQueryParametersError", message, 400) : incomplete(service, message);

/** What S3 does not let a presigned request add to what was signed. */
export const headersNotSigned = (names: readonly string[]): AwsError =>
  new AwsError("AccessDenied", "There were headers present in the request which were not signed", 403, {
    HeadersNotSigned: names.join(", "),
  });

export const incomplete = (service: WireService, message: string): AwsError =>
  choose(
    service,
    {
      json: ["IncompleteSignatureException", 400],
      query: ["IncompleteSignature", 400],
      ec2: ["IncompleteSignature", 400],
      s3: ["AuthorizationHeaderMalformed", 400, `The authorization header is malformed; ${message}`],
    },
    message,
  );

export const invalidToken = (service: WireService): AwsError =>
  choose(
    service,
    {
      json: ["UnrecognizedClientException", 400],
      query: ["InvalidClientTokenId", 403],
      ec2: ["AuthFailure", 401, "AWS was not able to validate the provided access credentials"],
      s3: ["InvalidToken", 400, "The provided token is malformed or otherwise invalid."],
    },
    "The security token included in the request is invalid.",
  );

export const expiredToken = (service: WireService): AwsError =>
  choose(
    service,
    {
      json: ["ExpiredTokenException", 400],
      query: ["ExpiredToken", 403],
      ec2: ["RequestExpired", 400, "Request has expired."],
      s3: ["ExpiredToken", 400, "The provided token has expired."],
    },
    "The security token included in the request is expired",
  );

/** `members` say what was signed here. */
export const mismatch = (service: WireService, members?: () => Members): AwsError =>
  choose(
    service,
    {
      json: ["InvalidSignatureException", 400],
      query: ["SignatureDoesNotMatch", 403],
      ec2: ["AuthFailure", 401, "AWS was not able to validate the provided access credentials"],
      s3: [
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      ],
    },
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    members,
  );

/** Signed more than 15 minutes before or after now. */
export function skewed(service: WireService, at: string, now: string, late: boolean): AwsError {
  const message = late
    ? `Signature expired: ${at} is now earlier than ${now} minus 15 min.`
    : `Signature not yet current: ${at} is still later than ${now} plus 15 min.`;
  return choose(
    service,
    {
      json: ["InvalidSignatureException", 400],
      query: ["SignatureDoesNotMatch", 403],
      ec2: ["RequestExpired", 400, "Request has expired."],
      s3: ["RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large."],
    },
    message,
  );
}

/** A presigned URL past its time. */
export const expiredRequest = (service: WireService, expiresMs: number, nowMs: number, expiresSeconds?: number): AwsError =>
  choose(
    service,
    {
      json: ["InvalidSignatureException", 400, "Signature expired"],
      query: ["RequestExpired", 400],
      ec2: ["RequestExpired", 400],
      s3: ["AccessDenied", 403, "Request has expired"],
    },
    "Request has expired.",
    () => ({
      ...(expiresSeconds !== undefined && { "X-Amz-Expires": expiresSeconds }),
      ...(Number.isFinite(expiresMs) && { Expires: inSeconds(expiresMs) }),
      ServerTime: inSeconds(nowMs),
    }),
  );

const inSeconds = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 19)}Z`;

export const badExpiry = (service: WireService): AwsError =>
  choose(
    service,
    {
      json: ["InvalidSignatureException", 400],
      query: ["InvalidQueryParameter", 400],
      ec2: ["InvalidQueryParameter", 400],
      s3: ["AuthorizationQueryParametersError", 400, "X-Amz-Expires must be between 1 and 604800 seconds"],
    },
    "X-Amz-Expires must be between 1 and 604800 seconds",
  );

/** The body is not the one whose hash was signed. */
export const contentMismatch = (service: WireService): AwsError =>
  familyOf(service) === "s3"
    ? new AwsError("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", 400)
    : mismatch(service);
