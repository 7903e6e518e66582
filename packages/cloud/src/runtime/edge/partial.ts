/** Answers from a whole that is at hand: `304` for who has it already, `206` for who asks for a part (RFC 9110, 13 and 14). */
import { type EdgeAnswer, type Header, headerOf, withHeader, withoutHeader } from "./request.ts";

const opaque = (tag: string) => tag.trim().replace(/^W\//, "");

/** Whether the viewer has what it asks for. */
export function isUnchanged(request: readonly Header[], answer: readonly Header[]): boolean {
  const tags = headerOf(request, "if-none-match");
  const tag = headerOf(answer, "etag");
  if (tags !== undefined) return tags.trim() === "*" || (tag !== undefined && tags.split(",").some((each) => opaque(each) === opaque(tag)));
  const since = Date.parse(headerOf(request, "if-modified-since") ?? "");
  const modified = Date.parse(headerOf(answer, "last-modified") ?? "");
  return modified <= since;
}

const notIn304 = new Set(["content-length", "content-type", "content-encoding", "content-range", "accept-ranges", "transfer-encoding"]);

/** `body` as this viewer shall get it; of several ranges, and of what is not 200, the whole. */
export function partOf(request: readonly Header[], status: number, headers: readonly Header[], body: Buffer): EdgeAnswer {
  if (status !== 200) return { status, headers: [...headers], body };
  if (isUnchanged(request, headers)) return { status: 304, headers: headers.filter(([name]) => !notIn304.has(name)), body: undefined };
  const range = /^bytes=(\d*)-(\d*)$/.exec(headerOf(request, "range")?.trim() ?? "");
  if (!range || (range[1] === "" && range[2] === "") || !holds(headerOf(request, "if-range"), headers))
    return { status, headers: [...headers], body };
  const size = body.length;
  const start = range[1] === "" ? Math.max(0, size - Number(range[2])) : Number(range[1]);
  const end = range[1] === "" || range[2] === "" ? size - 1 : Math.min(Number(range[2]), size - 1);
  if (start > end)
    return {
      status: 416,
      headers: withHeader(withoutHeader(headers, "content-length"), "content-range", `bytes */${size}`),
      body: Buffer.alloc(0),
    };
  const part = body.subarray(start, end + 1);
  const told = withHeader(withHeader(headers, "content-length", String(part.length)), "content-range", `bytes ${start}-${end}/${size}`);
  return { status: 206, headers: told, body: part };
}

function holds(condition: string | undefined, headers: readonly Header[]): boolean {
  if (condition === undefined) return true;
  if (/^(?:W\/)?"/.test(condition)) return condition === headerOf(headers, "etag");
  return condition === headerOf(headers, "last-modified");
}
