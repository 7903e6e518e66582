/** What comes to the DNS server from anywhere: it answers, says that it did not understand, or is silent, and never fails. */
import dns from "dns-packet";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { replyTo } from "../../src/runtime/dns/server.ts";

const found = (answers: dns.Answer[]) => ({ code: "NOERROR" as const, authoritative: true, answers, authorities: [] });
const address = (data: string): dns.Answer => ({ type: "A", name: "a.example.com", ttl: 1, data });

const query = (name: string, type: string): Buffer =>
  dns.encode({ type: "query", id: 7, flags: dns.RECURSION_DESIRED, questions: [{ name, type: type as "A" }] });

test("any bytes, and questions with any byte changed, are answered in due form or not at all", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }).map((given) => Buffer.from(given)),
    fc.tuple(fc.domain(), fc.constantFrom("A", "TXT", "AXFR", "ANY"), fc.nat(), fc.nat({ max: 255 })).map(([name, type, at, value]) => {
      const message = query(name, type);
      message[at % message.length] = value;
      return message;
    }),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom("udp" as const, "tcp" as const), (message, over) => {
      const reply = replyTo(message, () => found([address("192.0.2.1")]), over);
      if (reply === undefined) return message.length < 12 || (message[2]! & 0x80) !== 0;
      return reply.readUInt16BE() === message.readUInt16BE() && (reply[2]! & 0x80) !== 0 && (over === "tcp" || reply.length <= 4096);
    }),
    { seed: 53, numRuns: 2_000 },
  );
});

test("an answerer that fails is SERVFAIL; an answer is never answered", () => {
  const failing = () => {
    throw new Error("told on the console");
  };
  const reply = replyTo(query("a.example.com", "A"), failing, "udp")!;
  expect(dns.decode(reply)).toMatchObject({ rcode: "SERVFAIL", id: 7 });
  expect(replyTo(reply, failing, "udp")).toBeUndefined();
});
