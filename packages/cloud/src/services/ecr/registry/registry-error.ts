/** Errors as registry clients read them: AWS's own, under the codes of the OCI distribution specification ("Error Codes"). */
import type { ServerResponse } from "node:http";
import { AwsError } from "../../../aws-error.ts";

export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const codes: Readonly<Record<string, readonly [status: number, code: string]>> = {
  RepositoryNotFoundException: [404, "NAME_UNKNOWN"],
  ImageNotFoundException: [404, "MANIFEST_UNKNOWN"],
  LayersNotFoundException: [404, "BLOB_UNKNOWN"],
  ReferencedImagesNotFoundException: [404, "MANIFEST_BLOB_UNKNOWN"],
  UploadNotFoundException: [404, "BLOB_UPLOAD_UNKNOWN"],
  ImageTagAlreadyExistsException: [400, "TAG_INVALID"],
  ImageDigestDoesNotMatchException: [400, "DIGEST_INVALID"],
  InvalidLayerException: [400, "DIGEST_INVALID"],
  EmptyUploadException: [400, "SIZE_INVALID"],
  AccessDeniedException: [403, "DENIED"],
  ServiceUnavailable: [503, "TOOMANYREQUESTS"],
};

/** `undefined` for what is the cloud's own fault. */
export function asRegistryError(error: unknown): RegistryError | undefined {
  if (error instanceof RegistryError) return error;
  if (!(error instanceof AwsError)) return undefined;
  const [status, code] = codes[error.code] ?? [error.status >= 500 ? error.status : 400, "MANIFEST_INVALID"];
  return new RegistryError(status, code, error.message);
}

export function answerError(response: ServerResponse, { status, code, message }: RegistryError): void {
  const body = JSON.stringify({ errors: [{ code, message }] });
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}
