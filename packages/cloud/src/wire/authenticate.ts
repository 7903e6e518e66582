/** Who sends a request: credentials that the cloud issued are checked, any other access key is the account's root. */
import { createHmac } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { findCredentials } from "../identity/credentials.ts";
import { anonymousPrincipal, type Principal, rootPrincipal } from "../identity/principal.ts";
import * as denied from "./auth-errors.ts";
import { compact, fromCompact, type Signed, type Unreadable } from "./credential-scope.ts";
import type { WireService } from "./services.ts";
import { type LegacySigned, legacySignatureMatches } from "./sigv2.ts";
import { hmacHex, sameText, signatureMatches, signedTexts, signingKey, type SignedRequest } from "./sigv4.ts";

const skewMs = 15 * 60 * 1000;
const longestPresignedSeconds = 7 * 24 * 3600;
/** STS's operations that come before there are credentials. */
const unsignedOperations = new Set(["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"]);

/** The form of the access keys that the cloud issues; any other needs no look into the store. */
const issuedForm = /^A[A-Z]IA[A-Z2-7]{16}$/;

export interface Caller {
  principal: Principal;
  /** Of credentials that the cloud issued, for the signatures of single chunks. */
  secretAccessKey?: string;
}

/** A presigned S3 URL of Signature Version 2. Throws S3's error. */
export function authenticateLegacy(cloud: Cloud, service: WireService, signed: LegacySigned, requestOf: () => SignedRequest): Caller {
  const nowMs = cloud.world.clock.nowMs();
  // Not `<=`: what is no number is past as well.
  const expiresMs = Number(signed.expires) * 1000;
  if (!(expiresMs > nowMs)) throw denied.expiredRequest(service, expiresMs, nowMs);
  const credentials = issuedForm.test(signed.accessKeyId) ? findCredentials(cloud, signed.accessKeyId) : undefined;
  if (!credentials) return { principal: rootPrincipal(cloud.account) };
  if (credentials.sessionToken !== undefined && !sameText(credentials.sessionToken, signed.sessionToken ?? ""))
    throw denied.invalidToken(service);
  if (credentials.expiresMs !== undefined && credentials.expiresMs <= nowMs) throw denied.expiredToken(service);
  if (!legacySignatureMatches(requestOf(), signed, credentials.secretAccessKey)) throw denied.mismatch(service);
  return { principal: credentials.principal };
}

/** The policy of a form upload, signed by either version; `field` reads the form. Throws S3's error. */
export function authenticatePolicy(
  cloud: Cloud,
  service: WireService,
  policy: string,
  field: (name: string) => string | undefined,
): Caller & { region: string } {
  const scope = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(field("x-amz-credential") ?? "");
  const [accessKeyId, date, region = "us-east-1"] = scope ? scope.slice(1) : [field("awsaccesskeyid")];
  if (accessKeyId === undefined) throw denied.missing(service);
  const credentials = issuedForm.test(accessKeyId) ? findCredentials(cloud, accessKeyId) : undefined;
  if (!credentials) return { principal: rootPrincipal(cloud.account), region };
  if (credentials.sessionToken !== undefined && !sameText(credentials.sessionToken, field("x-amz-security-token") ?? ""))
    throw denied.invalidToken(service);
  if (credentials.expiresMs !== undefined && credentials.expiresMs <= cloud.world.clock.nowMs()) throw denied.expiredToken(service);
  const secret = credentials.secretAccessKey;
  const [computed, given] =
    date === undefined
      ? [createHmac("sha1", secret).update(policy).digest("base64"), field("signature")]
      : [hmacHex(signingKey(secret, { date, region, service: "s3" }), policy), field("x-amz-signature")];
  if (!sameText(computed, given ?? "")) throw denied.mismatch(service);
  return { principal: credentials.principal, region };
}

/** Throws AWS's error of the service's family. `requestOf` is asked for only when there is a signature to check. */
export function authenticate(
  cloud: Cloud,
  service: WireService,
  operation: string,
  signed: Signed | Unreadable | undefined,
  requestOf: () => SignedRequest,
): Caller {
  if (!signed) {
    if (service.id === "s3") return { principal: anonymousPrincipal(cloud.account) };
    if (unsignedOperations.has(operation)) return { principal: rootPrincipal(cloud.account) };
    throw denied.missing(service);
  }
  if ("unreadable" in signed)
    throw signed.presigned ? denied.incompleteQuery(service, signed.unreadable) : denied.incomplete(service, signed.unreadable);
  const credentials = issuedForm.test(signed.accessKeyId) ? findCredentials(cloud, signed.accessKeyId) : undefined;
  if (!credentials) {
    // Whatever key signed a URL of S3, it is good for no longer than it says.
    if (service.id === "s3" && signed.expiresSeconds !== undefined) {
      checkExpiry(service, signed, signed.expiresSeconds, cloud.world.clock.nowMs());
      checkHeaders(signed, requestOf());
    }
    return { principal: rootPrincipal(cloud.account) };
  }

  const nowMs = cloud.world.clock.nowMs();
  if (signed.algorithm !== "AWS4-HMAC-SHA256") throw denied.incomplete(service, `Unsupported AWS 'algorithm': '${signed.algorithm}'`);
  if (credentials.sessionToken !== undefined && !sameText(credentials.sessionToken, signed.sessionToken ?? ""))
    throw denied.invalidToken(service);
  if (credentials.expiresMs !== undefined && credentials.expiresMs <= nowMs) throw denied.expiredToken(service);
  const atMs = signed.at === undefined ? undefined : fromCompact(signed.at);
  if (atMs === undefined || !signed.at!.startsWith(signed.date)) {
    throw denied.incomplete(service, "Date must be in ISO-8601 'basic format' and match the date in the credential scope");
  }
  if (signed.service !== service.signingName) throw denied.mismatch(service);
  if (signed.expiresSeconds === undefined) {
    if (Math.abs(nowMs - atMs) > skewMs) throw denied.skewed(service, signed.at!, compact(new Date(nowMs)), nowMs > atMs);
  } else {
    if (atMs - nowMs > skewMs) throw denied.skewed(service, signed.at!, compact(new Date(nowMs)), false);
    checkExpiry(service, signed, signed.expiresSeconds, nowMs);
    if (service.id === "s3") checkHeaders(signed, requestOf());
  }
  const request = requestOf();
  if (!signed.signedHeaders.split(";").includes("host") || !signatureMatches(request, signed, credentials.secretAccessKey)) {
    throw denied.mismatch(service, () => signedTexts(request, signed));
  }
  return { principal: credentials.principal, secretAccessKey: credentials.secretAccessKey };
}

/** Of a presigned request. */
function checkExpiry(service: WireService, { at = "" }: Signed, expiresSeconds: number, nowMs: number): void {
  if (!(expiresSeconds >= 1 && expiresSeconds <= longestPresignedSeconds)) throw denied.badExpiry(service);
  const atMs = fromCompact(at);
  if (atMs !== undefined && atMs + expiresSeconds * 1000 < nowMs)
    throw denied.expiredRequest(service, atMs + expiresSeconds * 1000, nowMs, expiresSeconds);
}

/** S3 takes no `x-amz-` header beside a presigned URL that the signature does not cover. */
function checkHeaders({ signedHeaders }: Signed, { headers }: SignedRequest): void {
  const covered = new Set([...signedHeaders.split(";"), "x-amz-content-sha256"]);
  const others = Object.keys(headers).filter((name) => name.startsWith("x-amz-") && !covered.has(name));
  if (others.length > 0) throw denied.headersNotSigned(others.sort());
}
