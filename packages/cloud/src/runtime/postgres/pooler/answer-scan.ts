/** Reads along in what a server sends, without holding it up: only the messages that a pooler has to know of are looked into. */

export interface AnswerEvents {
  /** The server waits for the next request: `I` outside a transaction, `T` in one, `E` in a failed one. */
  ready(status: "I" | "T" | "E"): void;
  parameter(name: string, value: string): void;
}

const readyForQuery = 0x5a;
const parameterStatus = 0x53;
const headBytes = 5;

/** Takes the bytes as they come, in whatever pieces. */
export function answerScan(on: AnswerEvents): (chunk: Buffer) => void {
  const head = Buffer.alloc(headBytes);
  let headFilled = 0;
  let bodyLeft = 0;
  let body: Buffer[] | undefined;
  const end = () => {
    headFilled = 0;
    if (!body) return;
    const whole = Buffer.concat(body);
    body = undefined;
    if (head[0] === readyForQuery) return on.ready(String.fromCharCode(whole[0]!) as "I" | "T" | "E");
    const [name, value] = whole.toString("utf8").split("\0");
    on.parameter(name!, value ?? "");
  };
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (headFilled < headBytes) {
        const taken = chunk.copy(head, headFilled, at, at + headBytes - headFilled);
        headFilled += taken;
        at += taken;
        if (headFilled < headBytes) return;
        bodyLeft = head.readInt32BE(1) - 4;
        body = head[0] === readyForQuery || head[0] === parameterStatus ? [] : undefined;
        if (bodyLeft === 0) end();
        continue;
      }
      const taken = Math.min(bodyLeft, chunk.length - at);
      body?.push(chunk.subarray(at, at + taken));
      bodyLeft -= taken;
      at += taken;
      if (bodyLeft === 0) end();
    }
  };
}
