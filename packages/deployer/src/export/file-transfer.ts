/** The content of many files over one session, one after the other: how they are asked for, and the answer taken apart. */

export interface WantedFile {
  path: string;
  /** How much of it is here already. */
  offsetBytes: number;
  sizeBytes: number;
  modifiedSeconds: number;
}

/**
 * For each line `OFFSET LENGTH /PATH/` just so many bytes and then a line with its time and size. A file that has become shorter is filled up,
 * so that what comes after it is still found; its line tells.
 */
export const transfer = `while IFS=" " read -r offset length name; do
name=\${name#/}; name=./\${name%/}
{ tail -c +$((offset + 1)) "$name"; cat /dev/zero; } 2>/dev/null | head -c "$length"
stat -c "%Y %s" "$name" 2>/dev/null || echo gone
done`;

/** A name with a line break cannot be asked for. */
export const canBeAsked = (path: string) => !path.includes("\n");

export const requestOf = (files: readonly WantedFile[]): Buffer =>
  Buffer.from(files.map(({ path, offsetBytes, sizeBytes }) => `${offsetBytes} ${sizeBytes - offsetBytes} /${path}/\n`).join(""));

export interface Taking {
  piece(file: WantedFile, bytes: Uint8Array): void;
  /** @param same whether it is still as it was listed. */
  whole(file: WantedFile, same: boolean): void;
}

/** @returns takes the answer, in pieces of any size. */
export function transferReader(files: readonly WantedFile[], { piece, whole }: Taking): (bytes: Uint8Array) => void {
  let index = 0;
  let leftBytes = files[0] ? files[0].sizeBytes - files[0].offsetBytes : 0;
  let line = "";
  return (bytes) => {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (rest.byteLength > 0) {
      const file = files[index];
      if (!file) return;
      if (leftBytes > 0) {
        const part = rest.subarray(0, leftBytes);
        piece(file, part);
        leftBytes -= part.byteLength;
        rest = rest.subarray(part.byteLength);
        continue;
      }
      const end = rest.indexOf(0x0a);
      line += rest.toString("latin1", 0, end < 0 ? undefined : end);
      if (end < 0) return;
      whole(file, line.trim() === `${file.modifiedSeconds} ${file.sizeBytes}`);
      line = "";
      rest = rest.subarray(end + 1);
      const next = files[++index];
      leftBytes = next ? next.sizeBytes - next.offsetBytes : 0;
    }
  };
}
