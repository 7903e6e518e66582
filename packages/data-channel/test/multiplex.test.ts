/** Streams of bytes over one channel, cut anywhere: each arrives whole, and closes when all before has arrived. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions, openMultiplex, type MultiplexStream } from "../src/index.ts";

const nobody = () => ({ data: () => {}, ended: () => {} });

test("frames are smux's, byte by byte", () => {
  const sent: string[] = [];
  const send = (bytes: Uint8Array) => void sent.push(Buffer.from(bytes).toString("hex"));
  const client = openMultiplex({ side: "client", send, opened: nobody, failed: () => {} });
  const stream = client.open(nobody());
  stream.write(Buffer.from("hello"));
  stream.close();
  stream.write(Buffer.from("too late"));
  stream.close();
  client.ping();
  // As xtaci/smux 1.5.16 writes them: version, command, length of two bytes, stream of four.
  expect(sent).toEqual(["0100000003000000", "010205000300000068656c6c6f", "0101000003000000", "0103000000000000"]);
  expect(client.streams).toBe(0);
});

test("whatever the pieces, each stream's bytes arrive in order, then its end", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 40 }),
      (contents, pieceBytes) => {
        const channel: Uint8Array[] = [];
        const got = new Map<number, { bytes: number[]; ended: number }>();
        const server = openMultiplex({
          side: "server",
          send: () => {},
          failed: expect.unreachable,
          opened({ id }) {
            const one = { bytes: [] as number[], ended: 0 };
            got.set(id, one);
            return { data: (bytes) => one.bytes.push(...bytes), ended: () => void one.ended++ };
          },
        });
        const client = openMultiplex({ side: "client", send: (bytes) => channel.push(bytes), opened: nobody, failed: expect.unreachable });
        const streams = contents.map(() => client.open(nobody()));
        const rounds = Math.max(...contents.map(({ length }) => length));
        for (let round = 0; round < rounds; round++) {
          for (const [at, parts] of contents.entries()) if (parts[round]) streams[at]!.write(parts[round]!);
        }
        for (const stream of streams) stream.close();
        const all = Buffer.concat(channel);
        for (let at = 0; at < all.byteLength; at += pieceBytes) server.take(all.subarray(at, at + pieceBytes));
        expect([...got.values()]).toEqual(contents.map((parts) => ({ bytes: Array.from(Buffer.concat(parts)), ended: 1 })));
        expect(server.streams).toBe(0);
      },
    ),
  );
});

test("what is larger than a frame goes in several", () => {
  const sizes: number[] = [];
  const client = openMultiplex({ side: "client", send: (bytes) => sizes.push(bytes.byteLength), opened: nobody, failed: () => {} });
  client.open(nobody()).write(Buffer.alloc(70_000));
  expect(sizes).toEqual([8, 8 + 32_768, 8 + 32_768, 8 + 4_464]);
});

test("a stream may be answered, and closed, as soon as it is opened", () => {
  const toClient: Uint8Array[] = [];
  const said: string[] = [];
  const server = openMultiplex({
    side: "server",
    send: (bytes) => toClient.push(bytes),
    failed: expect.unreachable,
    opened(stream: MultiplexStream) {
      stream.write(Buffer.from("busy"));
      stream.close();
      return { data: () => said.push("data"), ended: () => said.push("ended") };
    },
  });
  const client = openMultiplex({ side: "client", send: (bytes) => server.take(bytes), opened: nobody, failed: expect.unreachable });
  client.open({ data: (bytes) => said.push(Buffer.from(bytes).toString()), ended: () => said.push("over") }).write(Buffer.from("hello"));
  for (const bytes of toClient) client.take(bytes);
  expect(said).toEqual(["busy", "over"]);
});

test.each([
  ["0200000003000000", "a frame of version 2"],
  ["0109000003000000", "an unknown frame, 9"],
])("%s is no smux of version 1, and nothing is taken after it", (hex, reason) => {
  const faults: string[] = [];
  let opened = 0;
  const count = () => {
    opened++;
    return nobody();
  };
  const server = openMultiplex({ side: "server", send: () => {}, opened: count, failed: (why) => faults.push(why) });
  server.take(Buffer.from(hex, "hex"));
  server.take(Buffer.from("0100000003000000", "hex"));
  expect([faults, opened]).toEqual([[reason], 0]);
});

test("the end of the channel is the end of its streams", () => {
  let ended = 0;
  const client = openMultiplex({ side: "client", send: () => {}, opened: nobody, failed: () => {} });
  client.open({ data: () => {}, ended: () => ended++ });
  client.open({ data: () => {}, ended: () => ended++ });
  client.end();
  client.end();
  expect([ended, client.streams]).toEqual([2, 0]);
});

test.each([
  ["1.2.707.0", "1.1.70", 1],
  ["1.1.70", "1.1.70.0", 0],
  ["3.0.100.0", "3.0.196.0", -1],
  ["", "1.0", -1],
])("version %s against %s", (one, other, order) => {
  expect(Math.sign(compareVersions(one, other))).toBe(order);
});
