/** `multipart/form-data` (RFC 7578), read as it comes in: the fields before the file, then the file's bytes as a stream. */
import type { IncomingMessage } from "node:http";
import { AwsError } from "../aws-error.ts";

export interface Form {
  /** Names in lower case, without the file. */
  fields: Map<string, string>;
  /** Absent where the form has no field `file`; what comes behind it is not read. */
  file?: { name: string | undefined; content: AsyncGenerator<Buffer> };
}

/** What stands before the file is up to 20 KB in AWS; tags and policies fit well in this. */
const largestFieldsBytes = 64 * 1024;

export const isFormData = (type: string | undefined): boolean => /^multipart\/form-data\b/i.test(type ?? "");

export async function readForm(request: IncomingMessage): Promise<Form> {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(request.headers["content-type"] ?? "");
  if (!boundary) throw malformed();
  const delimiter = Buffer.from(`\r\n--${boundary[1] ?? boundary[2]!}`);
  const source = piecesOf(request);
  // So that the first delimiter, too, has a line end before it.
  let rest: Buffer = Buffer.from("\r\n");
  let fieldsBytes = 0;

  const more = async (): Promise<boolean> => {
    const { done, value } = await source.next();
    if (done) return false;
    rest = Buffer.concat([rest, value]);
    return true;
  };
  const upTo = async (marker: Buffer): Promise<Buffer> => {
    for (;;) {
      const at = rest.indexOf(marker);
      if (at >= 0) {
        const found = rest.subarray(0, at);
        rest = rest.subarray(at + marker.length);
        fieldsBytes += found.length;
        return found;
      }
      if (fieldsBytes + rest.length > largestFieldsBytes) {
        throw new AwsError("MaxPostPreDataLengthExceeded", "Your POST request fields preceeding the upload file was too large.", 400, {
          MaxPostPreDataLengthBytes: largestFieldsBytes,
        });
      }
      if (!(await more())) throw malformed();
    }
  };
  async function* content(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = rest.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) yield rest.subarray(0, at);
        request.resume();
        return;
      }
      // The end of what is here may be the beginning of the delimiter.
      const safe = rest.length - delimiter.length;
      if (safe > 0) {
        yield rest.subarray(0, safe);
        rest = rest.subarray(safe);
      }
      if (!(await more())) throw malformed();
    }
  }

  const fields = new Map<string, string>();
  await upTo(delimiter);
  for (;;) {
    while (rest.length < 2) if (!(await more())) throw malformed();
    if (rest.subarray(0, 2).toString() === "--") return { fields };
    const head = (await upTo(Buffer.from("\r\n\r\n"))).toString("utf8");
    const name = /^content-disposition:.*[;\s]name="([^"]*)"/im.exec(head)?.[1]?.toLowerCase();
    if (name === undefined) throw malformed();
    if (name === "file") return { fields, file: { name: /filename="([^"]*)"/i.exec(head)?.[1], content: content() } };
    fields.set(name, (await upTo(delimiter)).toString("utf8"));
  }
}

async function* piecesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) yield chunk;
}

const malformed = () => new AwsError("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.", 400);
