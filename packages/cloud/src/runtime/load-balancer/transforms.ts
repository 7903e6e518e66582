/** Rewrites of a rule before the request goes to a target: of the URL, and of the Host header. */
import type { ClientRequest } from "./request.ts";
import type { TransformSpec } from "./specification.ts";

/** `$1` in a replacement is the first group of its expression. */
export function transformed(transforms: readonly TransformSpec[], { path, query, host }: ClientRequest): { uri: string; host: string } {
  let uri = query === "" ? path : `${path}?${query}`;
  if (transforms.length === 0) return { uri, host };
  let name = host;
  for (const { type, rewrites } of transforms) {
    for (const { regex, replace } of rewrites) {
      const expression = new RegExp(regex);
      if (type === "url-rewrite") uri = uri.replace(expression, replace);
      else name = name.replace(expression, replace);
    }
  }
  // What a replacement makes must still be a path, and one line.
  const clean = (text: string) => text.replaceAll(/[^\x21-\x7e\x80-\xff]/g, "");
  uri = clean(uri);
  return { uri: uri.startsWith("/") ? uri : `/${uri}`, host: clean(name) };
}
