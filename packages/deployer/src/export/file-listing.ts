/** What lies on a file system: a shell script that tells it, and its answer read. */

export interface FileEntry {
  /** From where programs mount it; `.` for that folder itself. */
  path: string;
  kind: "file" | "folder" | "link" | "other";
  /** The permissions, as `0640`. */
  mode: string;
  user: number;
  group: number;
  /** Whole seconds since 1970. */
  modifiedSeconds: number;
  sizeBytes: number;
  /** Of a symbolic link. */
  target?: string;
}

/** Runs in any image that has a shell with `find` and `stat`, BusyBox's too. Names end with NUL, since they may hold line breaks. */
export const listing = `find . -exec /bin/sh -c 'for each; do
stat -c "%f %u %g %Y %s" "$each" 2>/dev/null || continue
printf "%s\\0" "$each"
if [ -L "$each" ]; then readlink -n "$each"; fi
printf "\\0"
done' sh {} +`;

const kinds: Readonly<Record<number, FileEntry["kind"]>> = { 0o100000: "file", 0o040000: "folder", 0o120000: "link" };

export interface ListingReader {
  add(bytes: Uint8Array): void;
  /** @throws when the answer broke off. */
  end(): void;
}

export function listingReader(take: (entry: FileEntry) => void): ListingReader {
  let held = Buffer.alloc(0);
  return {
    add(bytes) {
      held = held.byteLength === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
      let at = 0;
      for (;;) {
        const numbers = held.indexOf(0x0a, at);
        const name = numbers < 0 ? -1 : held.indexOf(0, numbers + 1);
        const target = name < 0 ? -1 : held.indexOf(0, name + 1);
        if (target < 0) break;
        take(
          entryOf(held.toString("latin1", at, numbers), held.toString("utf8", numbers + 1, name), held.toString("utf8", name + 1, target)),
        );
        at = target + 1;
      }
      held = held.subarray(at);
    },
    end() {
      if (held.byteLength > 0) throw new Error(`the list of files breaks off: ${JSON.stringify(held.toString("utf8").slice(0, 200))}`);
    },
  };
}

function entryOf(numbers: string, name: string, target: string): FileEntry {
  const [rawMode = "", user, group, modified, size] = numbers.trim().split(" ");
  const mode = Number.parseInt(rawMode, 16);
  const kind = kinds[mode & 0o170000] ?? "other";
  const path = name.replace(/^\.\//, "");
  if (!Number.isInteger(mode) || path.split("/").includes("..") || path.startsWith("/"))
    throw new Error(`what a list of files says is not understood: ${JSON.stringify(`${numbers} ${name}`.slice(0, 200))}`);
  return {
    path,
    kind,
    mode: (mode & 0o7777).toString(8).padStart(4, "0"),
    user: Number(user),
    group: Number(group),
    modifiedSeconds: Number(modified),
    sizeBytes: kind === "file" ? Number(size) : 0,
    ...(kind === "link" && { target }),
  };
}
