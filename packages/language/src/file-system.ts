/** Files that outlive the tasks which write them, and that several programs share: a file system on EFS. */
import type { Mountable, standsInBrowser, standsInEnv, standsInMounts, standsInText, standsInUses } from "./env.ts";
import { declare, type Declaration } from "./declaration.ts";
import type { Days } from "./duration.ts";
import type { BackupCopy } from "./postgres.ts";
import type { Override } from "./override.ts";

/** Without being read for how long a file moves to storage that costs a tenth to keep, and more to read. */
export type ColdAfter = "1 day" | `${7 | 14 | 30 | 60 | 90 | 180 | 270 | 365} days`;

export interface FileSystemOptions {
  /** As whom programs read and write, whatever user their image has; the folder belongs to it. Each 0 to 4294967295. @default { user: 1000, group: 1000 } */
  readonly owner?: { readonly user: number; readonly group: number };
  /**
   * A copy of each day by AWS Backup, at 05:00 UTC, and for how long it is kept, 1 to 36500 days, `@default 35 days`; and a copy of each
   * in another region, `@default none`. `plinth files restore` brings files back from them. @default in production stages
   */
  readonly backup?: boolean | { readonly retain?: Days; readonly copy?: BackupCopy };
  /** When a file that nobody reads gets cheap to keep; it comes back when it is read. @default never */
  readonly coldAfter?: ColdAfter;
  /** `"elastic"`: as fast as it is asked for, paid by what is read and written. `"bursting"`: by its size, with credits. @default "elastic" */
  readonly throughput?: "elastic" | "bursting";
  /** Changes to what is generated. @default none */
  readonly override?: Override<{
    FileSystem: "AWS::EFS::FileSystem";
    AccessPoint: "AWS::EFS::AccessPoint";
    SecurityGroup: "AWS::EC2::SecurityGroup";
  }>;
}

/** A file system. It stands in `mounts` of services and tasks. */
export interface FileSystem extends Declaration<"fileSystem"> {
  readonly [standsInMounts]: "is mounted";
  readonly [standsInEnv]: 'a fileSystem cannot stand in env: it is mounted, mounts: { "/path": files }';
  readonly [standsInUses]: 'a fileSystem cannot stand in uses: it is mounted, mounts: { "/path": files }';
  readonly [standsInText]: 'a fileSystem cannot stand in text: it is mounted, mounts: { "/path": files }';
  readonly [standsInBrowser]: 'a fileSystem cannot stand in env: it is mounted, mounts: { "/path": files }';
}

/** Where a program finds files: a folder in its container → a file system. The folder begins with `/`, and nothing of the image below it is seen. */
export type Mounts = Readonly<Record<`/${string}`, Mountable>>;

/** Declares a file system: encrypted at rest and on the way, in every zone of the network. */
export function fileSystem(options: FileSystemOptions = {}): FileSystem {
  return declare("fileSystem", options);
}
