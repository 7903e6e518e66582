/**
 * The addresses of AWS's managed lists. AWS does not publish them, so they are empty here until the user writes a file
 * `firewall/{name of the rule}.txt` below the state folder: one network in CIDR notation a line, `#` begins a remark.
 */
import type { Cloud } from "../../cloud.ts";
import { addressLists } from "../../runtime/firewall/managed/address-lists.ts";

const key = Symbol("wafv2 address lists");
const lists = (cloud: Cloud): Map<string, string[]> => cloud.memory(key, () => new Map());

export const addressList = (cloud: Cloud, name: string): readonly string[] => lists(cloud).get(name) ?? [];

/** Reads them anew: at the start of the cloud, and when a web ACL changes. */
export async function readAddressLists(cloud: Cloud): Promise<void> {
  const { disk } = cloud.world;
  for (const name of addressLists) {
    let text = "";
    try {
      text = await disk.files.readFile(disk.path("firewall", `${name}.txt`), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    lists(cloud).set(
      name,
      text
        .split("\n")
        .map((line) => line.replace(/#.*/u, "").trim())
        .filter((line) => line !== ""),
    );
  }
}
