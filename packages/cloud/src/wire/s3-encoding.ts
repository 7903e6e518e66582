/** `encoding-type=url` of S3's lists: keys that XML cannot hold travel percent-encoded, so services give them plain. */

const encodedMembers = new Set(["Delimiter", "Prefix", "Key", "StartAfter", "Marker", "NextMarker", "KeyMarker", "NextKeyMarker"]);

/** A copy of a list's answer with its keys encoded, where the caller asked for that. */
export function encodeKeys(output: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(output)) {
    if (typeof value === "string" && encodedMembers.has(name)) result[name] = encoded(value);
    else if (Array.isArray(value)) result[name] = value.map((each: unknown) => (isPlain(each) ? encodeKeys(each) : each));
    else result[name] = value;
  }
  return result;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** As S3 does: slashes and unreserved characters stay, a space becomes `+`. */
const encoded = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .replaceAll("%2F", "/")
    .replaceAll("%20", "+")
    .replaceAll(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
