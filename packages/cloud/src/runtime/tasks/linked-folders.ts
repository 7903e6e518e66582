/**
 * Mounts where a machine has no mount namespaces: the path is made a link to the folder, as long as a task needs it. All programs of the
 * machine see it then, so that two folders cannot have the same path.
 */
import { dirname } from "node:path";
import type { Cloud } from "../../cloud.ts";
import type { Binding } from "./fstab.ts";

interface LinkRecord {
  source: string;
  /** The tasks that need it. */
  users: string[];
}

const records = (cloud: Cloud) => cloud.store.collection<LinkRecord>("linked-folders");

/** Makes the link for `user`. Answers why that cannot be, or nothing. */
export async function linkFolder(cloud: Cloud, user: string, { source, target, readOnly }: Binding): Promise<string | undefined> {
  const { files } = cloud.world.disk;
  if (readOnly) return `${target} would have to be read-only, which a link is not`;
  const kept = records(cloud).get("global", target);
  if (kept && kept.source !== source) return `${target} is a link to ${kept.source} for another task already`;
  if (!kept) {
    const found = await files.lstat(target).catch(() => undefined);
    if (found) return `there is something at ${target} on this machine already`;
    try {
      // Noted first: a link that is made is known to be one of ours.
      records(cloud).put("global", target, { source, users: [user] });
      await files.mkdir(dirname(target), { recursive: true });
      await files.symlink(source, target);
    } catch (error) {
      records(cloud).delete("global", target);
      return `${target} cannot be made a link (${(error as Error).message})`;
    }
    return undefined;
  }
  records(cloud).put("global", target, { source, users: [...new Set([...kept.users, user])] });
  return undefined;
}

/** Takes away the links that nobody but `user` needs; without a user, all that an earlier life of the cloud left. */
export async function unlinkFolders(cloud: Cloud, user?: string): Promise<void> {
  const { files } = cloud.world.disk;
  for (const { key: target, value } of records(cloud).entries("global")) {
    const users = user === undefined ? [] : value.users.filter((each) => each !== user);
    if (users.length > 0) {
      records(cloud).put("global", target, { ...value, users });
      continue;
    }
    const leads = await files.readlink(target).catch(() => undefined);
    if (leads === value.source) await files.rm(target, { force: true });
    records(cloud).delete("global", target);
  }
}
