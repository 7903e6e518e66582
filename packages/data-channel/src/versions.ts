/** Versions of agents and clients, by which each side knows what the other one can do. */

/** Agents from here on carry many connections in one session of port forwarding (session-manager-plugin `src/config/config.go`). */
export const multiplexAgentVersion = "3.0.196.0";
/** Clients from here on do (amazon-ssm-agent `agent/session/plugins/port/port.go`). */
export const multiplexClientVersion = "1.1.70";
/** Clients after this one do not expect a ping every while (same file). */
export const quietClientVersion = "1.2.331.0";

/** Negative, zero or positive, as sort functions answer; parts that are missing or no numbers count as 0. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0)) as [number[], number[]];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
