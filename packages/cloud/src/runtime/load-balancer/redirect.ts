/** Where a redirect leads: AWS's placeholders filled in. */
import { type ClientRequest, hostName } from "./request.ts";
import type { ActionSpec, ListenerSpec } from "./specification.ts";

type Redirect = Extract<ActionSpec, { type: "redirect" }>;

/**
 * The Location header. `shownPort` gives the port by which clients really reach the one that a listener was given, where the
 * system gave another.
 */
export function redirectLocation(
  action: Redirect,
  request: ClientRequest,
  listener: Pick<ListenerSpec, "protocol" | "port">,
  shownPort: (port: number) => number,
): string {
  const own: Record<string, string> = {
    protocol: listener.protocol.toLowerCase(),
    host: hostName(request.host),
    port: String(listener.port),
    // `/#{path}` is how AWS writes it: without the slash that it begins with.
    path: request.path.slice(1),
    query: request.query,
  };
  const fill = (text: string) => text.replaceAll(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => own[name]!);
  const protocol = fill(action.protocol).toLowerCase();
  const port = shownPort(Number(fill(action.port)));
  const path = fill(action.path);
  const query = fill(action.query);
  return `${protocol}://${fill(action.host)}:${port}${path.startsWith("/") ? path : `/${path}`}${query === "" ? "" : `?${query}`}`;
}
