/**
 * Names made of an inventory key. Logical ids are the key in Pascal case, followed by the part: `database` → `Database`,
 * `DatabaseSubnetGroup`. They depend on the key and nothing else, so they are stable as long as the key is.
 */

/** `agentRuns` → `AgentRuns`. */
export function logicalId(key: string): string {
  const words = key.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}

/** `agentRuns` → `agent-runs`. */
export function kebab(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .toLowerCase();
}
