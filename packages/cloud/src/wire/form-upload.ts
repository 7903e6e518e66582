/**
 * Uploads by an HTML form (Amazon S3 API Reference, "POST Object"): the form's fields are what headers are to PutObject, and a signed
 * policy says what they may be.
 */
import type { IncomingMessage } from "node:http";
import { AwsError } from "../aws-error.ts";
import type { Cloud } from "../cloud.ts";
import { anonymousPrincipal } from "../identity/principal.ts";
import { authenticatePolicy, type Caller } from "./authenticate.ts";
import { hostId } from "./error-answer.ts";
import { type Form, isFormData, readForm } from "./form-data.ts";
import { document, readBound } from "./http-binding.ts";
import type { Model } from "./model.ts";
import type { WireService } from "./services.ts";
import type { SuccessAnswer } from "./write-output.ts";
import { escapeXml } from "./xml.ts";

/** A POST to a bucket itself, which has no other meaning. */
export const isFormUpload = ({ method, url = "" }: IncomingMessage, path: string, bucket: string | undefined): boolean =>
  method === "POST" && bucket !== undefined && path === "/" && !url.includes("?");

/** A key under which an upload's input says that it came by a form: its event has a name of its own. */
export const byForm = Symbol("HTML form");

interface Upload {
  request: IncomingMessage;
  cloud: Cloud;
  service: WireService;
  model: Model;
  bucket: string;
  requestId: string;
  signal: AbortSignal;
}

export async function answerFormUpload({ request, cloud, service, model, bucket, requestId, signal }: Upload): Promise<SuccessAnswer> {
  if (!isFormData(request.headers["content-type"])) {
    throw new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412, {
      Condition: "Bucket POST must be of the enclosure-type multipart/form-data",
    });
  }
  const { fields, file } = await readForm(request);
  if (!fields.has("key")) throw fieldMissing("key");
  if (!file) {
    throw new AwsError("InvalidArgument", "POST requires exactly one file upload per request.", 400, {
      ArgumentName: "file",
      ArgumentValue: 0,
    });
  }
  const encoded = fields.get("policy");
  if (encoded !== undefined) checkSigned(fields);
  const caller = encoded === undefined ? undefined : authenticatePolicy(cloud, service, encoded, (name) => fields.get(name));
  const sizes = encoded === undefined ? undefined : checkPolicy(encoded, fields, bucket, cloud.world.clock.nowMs());

  // A file that was sent as a mere field has no name to put in.
  const key = file.name === undefined ? fields.get("key")! : fields.get("key")!.replaceAll("${filename}", file.name);
  const operation = model.operations.get("PutObject")!;
  const headers = Object.fromEntries([...fields].filter(([name]) => name !== "key"));
  if (headers.acl !== undefined) headers["x-amz-acl"] = headers.acl;
  if (headers.tagging !== undefined) headers["x-amz-tagging"] = tagsOf(headers.tagging);
  const input = readBound(
    operation.input,
    {
      labels: { Bucket: encodeURIComponent(bucket), Key: encodeURIComponent(key) },
      query: new URLSearchParams(),
      headers,
      body: Buffer.alloc(0),
    },
    "xml",
    { missing: [] },
  );
  const { principal, region }: Pick<Caller, "principal"> & { region: string } = caller ?? {
    principal: anonymousPrincipal(cloud.account),
    region: "us-east-1",
  };
  const output = (await cloud.run(
    "s3",
    "PutObject",
    { ...input, Body: within(file, sizes), [byForm]: true },
    { principal, region, requestId, signal },
  )) as {
    ETag: string;
    VersionId?: string;
  };
  return answerOf(request, fields, { bucket, key, etag: output.ETag, version: output.VersionId }, requestId);
}

const fieldMissing = (name: string) =>
  new AwsError(
    "InvalidArgument",
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    400,
    { ArgumentName: name, ArgumentValue: "" },
  );

const signatureFields = [
  ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"],
  ["AWSAccessKeyId", "Signature"],
];

/** A policy comes with all the fields of one version of signatures, or with none. */
function checkSigned(fields: Form["fields"]): void {
  const has = (name: string) => fields.has(name.toLowerCase());
  const absent = signatureFields.find((names) => names.some(has))?.find((name) => !has(name));
  if (absent !== undefined) throw fieldMissing(absent);
}

function answerOf(
  { headers: { host = "" } }: IncomingMessage,
  fields: Form["fields"],
  { bucket, key, etag, version }: { bucket: string; key: string; etag: string; version: string | undefined },
  requestId: string,
): SuccessAnswer {
  const path = key.split("/").map(encodeURIComponent).join("/");
  const location = host.startsWith(`${bucket}.`) ? `http://${host}/${path}` : `http://${host}/${bucket}/${path}`;
  const headers: Record<string, string> = {
    "x-amz-request-id": requestId,
    "x-amz-id-2": hostId(requestId),
    ETag: etag,
    Location: location,
    ...(version !== undefined && { "x-amz-version-id": version }),
  };
  const redirect = fields.get("success_action_redirect") ?? fields.get("redirect");
  if (redirect !== undefined && URL.canParse(redirect)) {
    const url = new URL(redirect);
    for (const [name, value] of Object.entries({ bucket, key, etag })) url.searchParams.append(name, value);
    return { status: 303, headers: { ...headers, Location: url.href }, body: undefined };
  }
  const status = fields.get("success_action_status");
  if (status !== "201") return { status: status === "200" ? 200 : 204, headers, body: undefined };
  const members = { Location: location, Bucket: bucket, Key: key, ETag: etag };
  const inside = Object.entries(members).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  return {
    status: 201,
    headers: { ...headers, "Content-Type": "application/xml" },
    body: document(`<PostResponse>${inside.join("")}</PostResponse>`),
  };
}

/** `content-length-range` of a policy, in bytes. */
interface Sizes {
  least: number;
  most: number;
}

async function* within({ content }: NonNullable<Form["file"]>, sizes: Sizes | undefined): AsyncGenerator<Buffer> {
  let sizeBytes = 0;
  for await (const chunk of content) {
    sizeBytes += chunk.length;
    if (sizes && sizeBytes > sizes.most) {
      throw new AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, {
        ProposedSize: sizeBytes,
        MaxSizeAllowed: sizes.most,
      });
    }
    yield chunk;
  }
  if (sizes && sizeBytes < sizes.least) {
    throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400, {
      ProposedSize: sizeBytes,
      MinSizeAllowed: sizes.least,
    });
  }
}

/** Fields that no condition has to name. */
const uncheckedFields = /^(x-amz-signature|signature|awsaccesskeyid|file|policy|x-ignore-.*)$/;

function checkPolicy(encoded: string, fields: Form["fields"], bucket: string, nowMs: number): Sizes | undefined {
  const denied = (message: string) => new AwsError("AccessDenied", `Invalid according to Policy: ${message}`, 403);
  const failed = (...condition: unknown[]) =>
    denied(`Policy Condition failed: [${condition.map((part) => JSON.stringify(part)).join(", ")}]`);
  let policy: { expiration?: unknown; conditions?: unknown };
  try {
    policy = JSON.parse(Buffer.from(encoded, "base64").toString("utf8")) as typeof policy;
  } catch {
    throw new AwsError("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.", 400);
  }
  const expiresMs = Date.parse(String(policy.expiration));
  if (Number.isNaN(expiresMs) || !Array.isArray(policy.conditions))
    throw new AwsError("InvalidPolicyDocument", "Invalid Policy: Policy is missing its expiration or its conditions.", 400);
  if (expiresMs < nowMs) throw denied("Policy expired.");
  let sizes: Sizes | undefined;
  const named = new Set(["bucket"]);
  for (const condition of policy.conditions as unknown[]) {
    const simple = Array.isArray(condition) ? 1 : Object.keys((condition ?? {}) as object).length;
    if (simple !== 1) {
      throw new AwsError(
        "InvalidPolicyDocument",
        "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
        400,
      );
    }
    const [kind, name, wanted] = Array.isArray(condition)
      ? [String(condition[0]).toLowerCase(), String(condition[1]), condition[2] as unknown]
      : ["eq", ...(Object.entries((condition ?? {}) as object)[0] ?? ["", undefined])];
    if (kind === "content-length-range") {
      sizes = { least: Number(name), most: Number(wanted) };
      if (Number.isNaN(sizes.least) || Number.isNaN(sizes.most)) throw failed(kind, name, String(wanted));
      continue;
    }
    if (Array.isArray(condition) && !String(name).startsWith("$")) throw failed(kind, name, wanted);
    const field = String(name).replace(/^\$/, "").toLowerCase();
    named.add(field);
    const value = field === "bucket" ? bucket : (fields.get(field) ?? "");
    const holds = kind === "eq" ? value === String(wanted) : kind === "starts-with" && value.startsWith(String(wanted));
    if (!holds) throw failed(kind, `$${field}`, wanted);
  }
  const extra = [...fields.keys()].filter((name) => !named.has(name) && !uncheckedFields.test(name));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(", ")}`);
  return sizes;
}

/** The field's XML as the header has tags. */
function tagsOf(xml: string): string {
  if (!/^\s*</u.test(xml)) {
    throw new AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
  }
  const pairs = [...xml.matchAll(/<Tag>\s*<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>\s*<\/Tag>/g)];
  return new URLSearchParams(pairs.map(([, name, value]): [string, string] => [name!, value!])).toString();
}
