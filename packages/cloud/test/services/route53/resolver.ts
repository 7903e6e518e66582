/** Questions to the cloud's DNS server, by the resolver of Node and by plain packets. */
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import dns from "dns-packet";

export interface Place {
  address: string;
  port: number;
}

export async function dnsPlace(endpoint: string): Promise<Place> {
  return (await (await fetch(`${endpoint}/_plinth/dns`)).json()) as Place;
}

export function resolverAt({ address, port }: Place): Resolver {
  const resolver = new Resolver({ timeout: 60_000, tries: 1 });
  resolver.setServers([`${address}:${port}`]);
  return resolver;
}

type Query = Partial<dns.Packet>;

const packet = (name: string, type: string, more: Query): Buffer =>
  dns.encode({ type: "query", id: 4242, flags: dns.RECURSION_DESIRED, questions: [{ name, type: type as "A" }], ...more });

export const edns = (udpPayloadSize: number): Query => ({
  additionals: [{ type: "OPT", name: ".", udpPayloadSize, flags: 0, options: [] } as unknown as dns.Answer],
});

export function askUdp(
  { address, port }: Place,
  name: string,
  type: string,
  more: Query = {},
): Promise<dns.DecodedPacket & { bytes: number }> {
  return askBytes({ address, port }, packet(name, type, more)).then((reply) => ({ ...dns.decode(reply), bytes: reply.length }));
}

export function askBytes({ address, port }: Place, message: Buffer): Promise<Buffer> {
  return new Promise((done, fail) => {
    const socket = createSocket("udp4");
    socket.once("error", fail);
    socket.once("message", (reply) => {
      socket.close();
      done(reply);
    });
    socket.send(message, port, address);
  });
}

/** Several questions on one connection, the answers in their order. */
export function askTcp({ address, port }: Place, questions: readonly [name: string, type: string][]): Promise<dns.DecodedPacket[]> {
  return new Promise((done, fail) => {
    const socket = connect(port, address);
    let got = Buffer.alloc(0);
    const answers: dns.DecodedPacket[] = [];
    socket.once("error", fail);
    socket.on("data", (bytes) => {
      got = Buffer.concat([got, bytes]);
      while (got.length >= 2 && got.length >= 2 + got.readUInt16BE()) {
        answers.push(dns.decode(got.subarray(2, 2 + got.readUInt16BE())));
        got = got.subarray(2 + got.readUInt16BE());
      }
      if (answers.length < questions.length) return;
      socket.destroy();
      done(answers);
    });
    for (const [name, type] of questions) {
      const message = packet(name, type, {});
      const head = Buffer.alloc(2);
      head.writeUInt16BE(message.length);
      // In pieces, as a network may cut it.
      socket.write(head.subarray(0, 1));
      socket.write(Buffer.concat([head.subarray(1), message]));
    }
  });
}
