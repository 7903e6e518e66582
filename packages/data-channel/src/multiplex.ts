/**
 * Many connections over one channel of bytes: what Session Manager's port forwarding carries inside its messages. It is smux in its
 * version 1 (github.com/xtaci/smux `frame.go`): frames of eight bytes and data, little-endian, streams that either side closes whole.
 * Streams are numbered by the side that opens them: the client's are odd, the server's even.
 */

export interface MultiplexSettings {
  /** Whoever connects is the client, and opens the streams in port forwarding. */
  side: "client" | "server";
  /** Gives bytes to the channel, in order. */
  send(bytes: Uint8Array): void;
  /** The other side has opened a stream; the answer is who takes what comes in it. */
  opened(stream: MultiplexStream): StreamHandlers;
  /** What came is no smux of version 1. Nothing is taken any more. */
  failed(reason: string): void;
}

export interface StreamHandlers {
  data(bytes: Uint8Array): void;
  /** The other side has closed it: nothing more comes, and it reads nothing more. */
  ended(): void;
}

export interface MultiplexStream {
  readonly id: number;
  /** Without effect once either side has closed it. */
  write(bytes: Uint8Array): void;
  /** Closes it in both directions. */
  close(): void;
}

export interface Multiplex {
  open(handlers: StreamHandlers): MultiplexStream;
  /** Takes what the channel delivered, in whatever pieces. */
  take(bytes: Uint8Array): void;
  /** A frame without meaning: peers that keep watch end a channel on which nothing comes for half a minute. */
  ping(): void;
  /** Ends all streams at this side; nothing is sent for it. */
  end(): void;
  /** How many streams are open. */
  readonly streams: number;
}

const version = 1;
const command = { open: 0, close: 1, data: 2, nothing: 3 } as const;
const headerBytes = 8;
/** smux's own default (`MaxFrameSize`); a frame can tell of 65,535. */
const mostDataBytes = 32_768;

export function openMultiplex({ side, send, opened, failed }: MultiplexSettings): Multiplex {
  const streams = new Map<number, StreamHandlers>();
  let nextId = side === "client" ? 1 : 0; // smux counts up before it opens: the first are 3 and 2
  let header = new Uint8Array();
  let within: { id: number; leftBytes: number } | undefined;
  let over = false;

  const frame = (what: number, id: number, data?: Uint8Array) => {
    const bytes = Buffer.alloc(headerBytes + (data?.byteLength ?? 0));
    bytes.writeUInt8(version, 0);
    bytes.writeUInt8(what, 1);
    bytes.writeUInt16LE(data?.byteLength ?? 0, 2);
    bytes.writeUInt32LE(id, 4);
    if (data) bytes.set(data, headerBytes);
    send(bytes);
  };

  const streamOf = (id: number): MultiplexStream => {
    let closed = false;
    return {
      id,
      write(bytes) {
        for (let at = 0; at < bytes.byteLength && streams.has(id); at += mostDataBytes) {
          frame(command.data, id, bytes.subarray(at, at + mostDataBytes));
        }
      },
      close() {
        if (closed || over) return;
        closed = true;
        streams.delete(id);
        frame(command.close, id);
      },
    };
  };

  const fail = (reason: string) => {
    over = true;
    failed(reason);
  };

  const takeHeader = (bytes: Buffer) => {
    if (bytes.readUInt8(0) !== version) return fail(`a frame of version ${bytes.readUInt8(0)}`);
    const [what, lengthBytes, id] = [bytes.readUInt8(1), bytes.readUInt16LE(2), bytes.readUInt32LE(4)];
    if (what === command.open) {
      if (!streams.has(id)) {
        const stream = streamOf(id);
        // Before anybody looks at it: what it writes at once goes out.
        streams.set(id, { data: () => {}, ended: () => {} });
        const handlers = opened(stream);
        if (streams.has(id)) streams.set(id, handlers);
      }
    } else if (what === command.close) {
      const handlers = streams.get(id);
      streams.delete(id);
      handlers?.ended();
    } else if (what === command.data) within = lengthBytes > 0 ? { id, leftBytes: lengthBytes } : undefined;
    else if (what !== command.nothing) fail(`an unknown frame, ${what}`);
  };

  return {
    get streams() {
      return streams.size;
    },
    open(handlers) {
      nextId += 2;
      const stream = streamOf(nextId);
      streams.set(nextId, handlers);
      frame(command.open, nextId);
      return stream;
    },
    take(bytes) {
      let rest = bytes;
      while (rest.byteLength > 0) {
        if (over) return; // by what came before in these bytes
        if (within) {
          const data = rest.subarray(0, within.leftBytes);
          const { id } = within;
          within.leftBytes -= data.byteLength;
          if (within.leftBytes === 0) within = undefined;
          rest = rest.subarray(data.byteLength);
          streams.get(id)?.data(data); // of a stream that was closed here meanwhile nobody wants it
          continue;
        }
        const part = rest.subarray(0, headerBytes - header.byteLength);
        header = Buffer.concat([header, part]);
        rest = rest.subarray(part.byteLength);
        if (header.byteLength < headerBytes) return;
        const whole = Buffer.from(header);
        header = new Uint8Array();
        takeHeader(whole);
      }
    },
    ping() {
      if (!over) frame(command.nothing, 0);
    },
    end() {
      over = true;
      const all = [...streams.values()];
      streams.clear();
      for (const handlers of all) handlers.ended();
    },
  };
}
