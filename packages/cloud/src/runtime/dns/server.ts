/** A DNS server on one port of a loopback address, by UDP and TCP. What it answers is its user's; this file is the protocol. Source: RFC 1035, 6891, 7766. */
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { createRequire } from "node:module";
import { createServer, type Server, type Socket } from "node:net";
import type dns from "dns-packet";

// Loaded with the first question: most clouds are asked none.
const require = createRequire(import.meta.url);
const codec = () => require("dns-packet") as typeof dns;

export interface DnsQuestion {
  /** As asked, without the dot at the end. */
  name: string;
  /** As `A`; `UNKNOWN_65` where the codec has no name for it. */
  type: string;
}

export interface DnsAnswer {
  code: "NOERROR" | "NXDOMAIN" | "REFUSED" | "NOTIMP" | "SERVFAIL" | "FORMERR";
  authoritative: boolean;
  answers: dns.Answer[];
  authorities: dns.Answer[];
}

export interface DnsServer {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

const codes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
/** Without EDNS (RFC 1035, 2.3.4), and at most with it. */
const smallestAnswerBytes = 512;
const largestAnswerBytes = 4096;
const ownBufferBytes = 1232;
const headerBytes = 12;
const longestMessageBytes = 65_535;
/** Of a TCP connection (RFC 7766, 6.2.3). */
const idleMs = 10_000;
const mostConnections = 200;

/** @throws the system's error where the port is taken. */
export async function startDnsServer(
  { address, port }: { address: string; port: number },
  answer: (question: DnsQuestion) => DnsAnswer,
): Promise<DnsServer> {
  const connections = new Set<Socket>();
  const stream = createServer((socket) => serveStream(socket, answer, connections));
  stream.maxConnections = mostConnections;
  // TCP first: it is the one whose port the system chooses when 0 is asked for.
  const bound = await listenStream(stream, address, port);
  const datagrams = createSocket({ type: "udp4" });
  try {
    await bindDatagrams(datagrams, address, bound);
  } catch (error) {
    await closed(stream);
    throw error;
  }
  datagrams.on("message", (message, from) => {
    // Answers are never answered: two servers must not talk to each other for ever.
    const reply = replyTo(message, answer, "udp");
    if (reply) datagrams.send(reply, from.port, from.address, () => {});
  });
  datagrams.on("error", (error) => console.error("dns: a datagram failed:", error));
  return {
    address,
    port: bound,
    async close() {
      for (const socket of connections) socket.destroy();
      await Promise.all([closed(stream), new Promise<void>((done) => datagrams.close(() => done()))]);
    },
  };
}

function listenStream(server: Server, host: string, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.removeListener("error", fail);
      server.on("error", (error) => console.error("dns: a connection failed:", error));
      done((server.address() as { port: number }).port);
    });
  });
}

function bindDatagrams(socket: DatagramSocket, address: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    socket.once("error", fail);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeListener("error", fail);
      done();
    });
  });
}

const closed = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()));

/** Messages with their length before them, several on one connection. */
function serveStream(socket: Socket, answer: (question: DnsQuestion) => DnsAnswer, connections: Set<Socket>): void {
  let waiting = Buffer.alloc(0);
  connections.add(socket);
  socket.once("close", () => connections.delete(socket));
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE()) {
      const length = waiting.readUInt16BE();
      const reply = replyTo(waiting.subarray(2, 2 + length), answer, "tcp");
      waiting = waiting.subarray(2 + length);
      if (!reply) return void socket.destroy();
      const head = Buffer.alloc(2);
      head.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([head, reply]));
    }
  });
}

/** `undefined` for what is no question. */
export function replyTo(message: Buffer, answer: (question: DnsQuestion) => DnsAnswer, over: "udp" | "tcp"): Buffer | undefined {
  if (message.length < headerBytes || (message.readUInt16BE(2) & 0x8000) !== 0) return undefined;
  let query: dns.DecodedPacket;
  try {
    query = codec().decode(message);
  } catch {
    return headOnly(message, codes.FORMERR);
  }
  const [question, ...more] = query.questions ?? [];
  if (((message.readUInt16BE(2) >> 11) & 15) !== 0) return headOnly(message, codes.NOTIMP);
  if (!question || more.length > 0) return headOnly(message, codes.FORMERR);
  const edns = (query.additionals ?? []).find(({ type }) => type === "OPT") as dns.OptAnswer | undefined;
  let found: DnsAnswer;
  try {
    found = answer({ name: question.name, type: question.type });
  } catch (error) {
    console.error("dns: a question was not answered:", error);
    found = { code: "SERVFAIL", authoritative: false, answers: [], authorities: [] };
  }
  const limit =
    over === "tcp" ? longestMessageBytes : Math.min(largestAnswerBytes, Math.max(smallestAnswerBytes, edns?.udpPayloadSize ?? 0));
  const { encode: encodePacket, RECURSION_DESIRED, AUTHORITATIVE_ANSWER, TRUNCATED_RESPONSE } = codec();
  const wanted = (query.flags ?? 0) & RECURSION_DESIRED;
  const encode = (answers: dns.Answer[], authorities: dns.Answer[], truncated: boolean) =>
    encodePacket({
      type: "response",
      id: query.id ?? 0,
      flags: wanted | (found.authoritative ? AUTHORITATIVE_ANSWER : 0) | (truncated ? TRUNCATED_RESPONSE : 0) | codes[found.code],
      questions: [question],
      answers,
      authorities,
      additionals: edns ? [{ type: "OPT", name: ".", udpPayloadSize: ownBufferBytes, flags: 0, options: [] } as unknown as dns.Answer] : [],
    });
  const whole = encode(found.answers, found.authorities, false);
  return whole.length <= limit ? whole : encode([], [], true);
}

/** The question is not repeated: it was not understood. */
function headOnly(message: Buffer, code: number): Buffer {
  const head = Buffer.alloc(headerBytes);
  message.copy(head, 0, 0, 2);
  // The operation and the wish for recursion as asked, the mark of an answer.
  head.writeUInt16BE(0x8000 | (message.readUInt16BE(2) & 0x7900) | code, 2);
  return head;
}
