/**
 * A command as it is handed to ECS Exec so that its exit status comes back. The protocol has none: the program runs at a terminal, and
 * the session is closed alike however it ends. So a shell runs it and writes the status into the output, between two marks that nobody
 * else writes; `marked` takes them out again.
 */

export type RemoteInput =
  /** A person's terminal: the program is the person's. */
  | "terminal"
  /** Nothing is to be read. */
  | "none"
  /** Bytes, in lines of base64 that end with Ctrl-D: a terminal would change some and cut long lines. */
  | "encoded";

const separator = "\u001E";

/** Where no person looks, programs are told so: the terminal that they have nevertheless would make many of them write colours. */
const plainTerminal = "export TERM=dumb; stty -echo -opost 2>/dev/null";

/** One text for ExecuteCommand, which splits it as a shell does but is none. */
export function remoteCommand(words: readonly string[], nonce: string, input: RemoteInput): string {
  const status = `printf "\\036%s %s\\036" "$n" "$?"`;
  // A shell that is interrupted together with its program still has to tell the status.
  const run = input === "terminal" ? `"$@"` : input === "none" ? `"$@" </dev/null` : `base64 -d | { "$@"; ${status}; exit; }`;
  const plain = input === "terminal" ? "" : `${plainTerminal}; printf "\\036%s\\036" "$n"; `;
  const script = `n=$1; shift; trap : INT QUIT; ${plain}${run}${input === "encoded" ? "" : `; ${status}`}`;
  return ["/bin/sh", "-c", script, "sh", nonce, ...words].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export interface Marked {
  add(bytes: Uint8Array): void;
  /** Hands on what could still have become a mark. */
  end(): void;
}

/** Hands on the output without the marks; tells when the command begins (not for a terminal, which begins at once) and its status. */
export function marked(
  nonce: string,
  input: RemoteInput,
  take: { output(bytes: Uint8Array): void; begun(): void; status(code: number): void },
): Marked {
  const beginning = Buffer.from(`${separator}${nonce}${separator}`);
  const ending = Buffer.from(`${separator}${nonce} `);
  let stage: "before" | "within" | "after" = input === "terminal" ? "within" : "before";
  let held = Buffer.alloc(0);

  const step = (): boolean => {
    if (stage === "before") {
      const at = held.indexOf(beginning);
      if (at < 0) return false;
      held = held.subarray(at + beginning.byteLength);
      stage = "within";
      take.begun();
      return true;
    }
    if (stage === "after") return false;
    const at = held.indexOf(ending);
    if (at < 0) {
      const kept = possible(held, ending);
      if (held.byteLength > kept) take.output(held.subarray(0, held.byteLength - kept));
      held = held.subarray(held.byteLength - kept);
      return false;
    }
    const close = held.indexOf(separator, at + ending.byteLength);
    if (close < 0) return false;
    if (at > 0) take.output(held.subarray(0, at));
    stage = "after";
    const code = Number(held.toString("latin1", at + ending.byteLength, close));
    held = Buffer.alloc(0);
    take.status(code);
    return false;
  };

  return {
    add(bytes) {
      if (stage === "after") return;
      held = Buffer.concat([held, bytes]);
      while (step());
    },
    end() {
      if (stage !== "after" && held.byteLength > 0) take.output(held);
      held = Buffer.alloc(0);
    },
  };
}

/** How many of the last bytes could be the beginning of the mark. */
function possible(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(bytes.byteLength, mark.byteLength - 1); length > 0; length--) {
    if (bytes.subarray(bytes.byteLength - length).equals(mark.subarray(0, length))) return length;
  }
  return 0;
}
