/** Whose request it is: the address of the connection, or one that a proxy wrote into a header. */
import { isIP } from "node:net";
import { plainAddress } from "./addresses.ts";
import { headerValue, type Inspection } from "./inspection.ts";

/** `invalid`: the header is there and holds no address where one should be; `absent`: there is no such header. */
export type ForwardedAddress = { addresses: string[] } | "invalid" | "absent";

export const clientAddress = ({ request }: Inspection) => plainAddress(request.sourceIp);

/** Of the addresses in the header the first, the last or up to ten of all; as the position says. */
export function forwardedAddresses(inspection: Inspection, header: string, position: string = "FIRST"): ForwardedAddress {
  const value = headerValue(inspection, header.toLowerCase());
  if (value === undefined) return "absent";
  const all = value.split(",").map((part) => plainAddress(part.trim()));
  const chosen = position === "ANY" ? all.slice(-10) : [position === "LAST" ? all.at(-1)! : all[0]!];
  const addresses = chosen.filter((address) => isIP(address) !== 0);
  return addresses.length === chosen.length || (position === "ANY" && addresses.length > 0) ? { addresses } : "invalid";
}
