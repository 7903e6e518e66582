/** What a request says about who signed it: from the Authorization header or from a presigned URL (Signature Version 4). */

export interface Signed {
  accessKeyId: string;
  /** `YYYYMMDD`, `region`, `service` of the credential scope. */
  date: string;
  region: string;
  service: string;
  /** In lower case, in the order given, with semicolons between them. */
  signedHeaders: string;
  signature: string;
  sessionToken: string | undefined;
  /** `YYYYMMDDTHHMMSSZ`, or `undefined` when the request has none. */
  at: string | undefined;
  /** Seconds a presigned URL is valid; `undefined` for headers. */
  expiresSeconds: number | undefined;
  /** SigV4 (HMAC); another algorithm can be told apart but not checked. */
  algorithm: string;
}

/** The header or query of another mechanism (`AWS key:signature` of S3's first years), or a credential that is malformed. */
export interface Unreadable {
  unreadable: string;
  /** It stands in the query. */
  presigned?: true;
  service?: string | undefined;
  region?: string | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What nearly every client sends; all else is taken apart below. */
const usualForm =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, ?SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]+)$/;

export function readSigned(headers: Headers, query: URLSearchParams): Signed | Unreadable | undefined {
  const authorization = headers.authorization;
  if (typeof authorization === "string") {
    const usual = usualForm.exec(authorization);
    if (usual) {
      const [, accessKeyId, date, region, service, names, signature] = usual as unknown as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      return {
        accessKeyId,
        date,
        region,
        service,
        algorithm: "AWS4-HMAC-SHA256",
        signedHeaders: names,
        signature,
        sessionToken: one(headers["x-amz-security-token"]),
        at: one(headers["x-amz-date"]) ?? compactDate(one(headers.date)),
        expiresSeconds: undefined,
      };
    }
    const space = authorization.indexOf(" ");
    const algorithm = space < 0 ? authorization : authorization.slice(0, space);
    if (!algorithm.startsWith("AWS4-")) return { unreadable: `Unsupported authorization mechanism: ${algorithm.slice(0, 40)}` };
    const parts = new Map<string, string>();
    for (const part of authorization.slice(space + 1).split(",")) {
      const equals = part.indexOf("=");
      if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
    }
    const absent = ["Credential", "SignedHeaders", "Signature"].filter((name) => !parts.get(name));
    const scope = scopeOf(parts.get("Credential") ?? "", algorithm);
    if (absent.length > 0) {
      const sentences = absent.map((name) => `Authorization header requires '${name}' parameter.`).join(" ");
      return { unreadable: `${sentences} Authorization=${algorithm}`, service: scope?.service, region: scope?.region };
    }
    if (!scope) return { unreadable: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term" };
    return {
      ...scope,
      algorithm,
      signedHeaders: parts.get("SignedHeaders")!.toLowerCase(),
      signature: parts.get("Signature")!,
      sessionToken: one(headers["x-amz-security-token"]),
      at: one(headers["x-amz-date"]) ?? compactDate(one(headers.date)),
      expiresSeconds: undefined,
    };
  }
  const credential = query.get("X-Amz-Credential");
  if (credential === null) return undefined;
  const algorithm = query.get("X-Amz-Algorithm") ?? "";
  const scope = scopeOf(credential, algorithm);
  const signature = query.get("X-Amz-Signature");
  const expires = query.get("X-Amz-Expires");
  if (!scope) {
    return {
      unreadable:
        'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      presigned: true,
    };
  }
  if (signature === null || !query.has("X-Amz-SignedHeaders")) {
    return {
      unreadable:
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
      presigned: true,
      service: scope.service,
      region: scope.region,
    };
  }
  return {
    ...scope,
    algorithm,
    signature,
    signedHeaders: query.get("X-Amz-SignedHeaders")!.toLowerCase(),
    sessionToken: query.get("X-Amz-Security-Token") ?? undefined,
    at: query.get("X-Amz-Date") ?? undefined,
    // Services other than S3 let a client leave it out; their presigned requests then live as long as signed ones.
    expiresSeconds: expires === null ? 900 : Number(expires),
  };
}

function scopeOf(credential: string, algorithm: string): Pick<Signed, "accessKeyId" | "date" | "region" | "service"> | undefined {
  const parts = credential.split("/");
  // An access key may itself hold slashes; the scope is at the end. SigV4a has no region in it.
  const regional = algorithm !== "AWS4-ECDSA-P256-SHA256";
  const [terminator, service, ...rest] = parts.toReversed();
  const region = regional ? rest.shift() : "us-east-1";
  const date = rest.shift();
  const accessKeyId = rest.toReversed().join("/");
  if (terminator !== "aws4_request" || !service || !region || !date || !accessKeyId) return undefined;
  return { accessKeyId, date, region, service };
}

/** An HTTP date as `YYYYMMDDTHHMMSSZ`. */
function compactDate(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : compact(date);
}

export const compact = (date: Date): string => date.toISOString().replaceAll(/[-:]|\.\d+/g, "");

/** `undefined` when it is no such date. */
export function fromCompact(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const timeMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
