/** Bytes of a terminal cut so that no character is torn: browsers' clients show each message by itself. */

/** How many bytes of the beginning hold whole characters of UTF-8; all of them where the end is none anyway. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back++) {
    const byte = bytes[bytes.byteLength - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue; // a later byte of a character
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.byteLength - back : bytes.byteLength;
  }
  return bytes.byteLength;
}

/** Hands on pieces of at most `sizeBytes`; `end` hands on what is left. */
export function pieces(sizeBytes: number, take: (piece: Uint8Array) => void): { add(bytes: Uint8Array): void; end(): void } {
  let held: Uint8Array = new Uint8Array();
  return {
    add(bytes) {
      let all: Uint8Array = held.byteLength === 0 ? bytes : Buffer.concat([held, bytes]);
      while (all.byteLength > 0) {
        const first = all.subarray(0, sizeBytes);
        const length = wholeCharacters(first);
        if (length === 0 || (length < first.byteLength && first.byteLength === all.byteLength)) {
          if (length > 0) take(first.subarray(0, length));
          all = all.subarray(length);
          break;
        }
        take(first.subarray(0, length));
        all = all.subarray(length);
      }
      held = Uint8Array.from(all);
    },
    end() {
      if (held.byteLength > 0) take(held);
      held = new Uint8Array();
    },
  };
}
