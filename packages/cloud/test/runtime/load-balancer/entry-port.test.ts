/** One port for two listeners, where a user may not listen below 1024: TLS and plain HTTP told apart by their first byte. */
import { readFile } from "node:fs/promises";
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { certificateFor } from "../../../src/runtime/authority.ts";
import { loadBalancer } from "../../../src/runtime/load-balancer/load-balancer.ts";
import { randomSource } from "../../../src/runtime/load-balancer/random-source.ts";
import type { ListenerSpec, RuleSpec } from "../../../src/runtime/load-balancer/specification.ts";
import { startTestCloud } from "../../cloud.ts";

const freePort = () =>
  new Promise<number>((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });

const rule = (action: RuleSpec["action"]): RuleSpec => ({ arn: "rule", priority: "default", conditions: [], transforms: [], action });

test("both schemes reach their listener by the entry port, and redirects name it", async () => {
  await using held = await startTestCloud();
  const { cloud } = held;
  const files = await certificateFor(cloud, { owner: "entry", names: ["app.example.com"], addresses: [] });
  const certificate = {
    arn: "certificate",
    names: ["app.example.com"],
    certificatePem: await readFile(files.certificateFile, "utf8"),
    keyPem: await readFile(files.keyFile, "utf8"),
  };
  const [plainPort, securePort, entryPort] = [await freePort(), await freePort(), await freePort()];
  const listener = (more: Partial<ListenerSpec>): ListenerSpec => ({
    arn: "plain",
    protocol: "HTTP",
    port: 80,
    boundPort: plainPort,
    rules: [rule({ type: "redirect", status: 301, protocol: "HTTPS", host: "#{host}", port: "443", path: "/#{path}", query: "#{query}" })],
    certificates: [],
    minimumTls: "TLSv1.2",
    maximumTls: "TLSv1.3",
    responseHeaders: [],
    serverHeader: true,
    tlsVersionHeader: "X-Amzn-Tls-Version",
    tlsCipherHeader: "X-Amzn-Tls-Cipher-Suite",
    ...more,
  });
  const secure = listener({
    arn: "secure",
    protocol: "HTTPS",
    port: 443,
    boundPort: securePort,
    certificates: [certificate],
    rules: [rule({ type: "fixed-response", status: 200, contentType: "text/plain", body: "secure" })],
  });
  const spec = {
    arn: "balancer",
    address: "127.0.0.1",
    listeners: [listener({}), secure],
    settings: {
      idleTimeoutMs: 60_000,
      clientKeepAliveMs: 3_600_000,
      dropInvalidHeaders: false,
      preserveHost: false,
      forwardedFor: "append" as const,
      forwardedClientPort: false,
      tlsHeaders: false,
      http2: true,
      wafFailOpen: false,
    },
  };
  const balancer = loadBalancer(
    {
      clock: cloud.world.clock,
      random: randomSource(cloud.world.random),
      secret: Buffer.from("secret"),
      groupOf: () => undefined,
      firewall: () => undefined,
      traffic: { finished: () => {}, connected: () => {}, disconnected: () => {}, tlsFailed: () => {} },
      entryPort,
    },
    { ...spec, listeners: [] },
  );
  try {
    await balancer.update(spec);
    const answer = (get: typeof getPlain, url: string) =>
      new Promise<IncomingMessage & { text: string }>((done, fail) => {
        const sent = get(url, { agent: false, rejectUnauthorized: false } as object);
        sent.once("response", (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () => done(Object.assign(response, { text })));
        });
        sent.once("error", fail);
      });
    const plain = await answer(getPlain, `http://127.0.0.1:${entryPort}/a?b=c`);
    expect([plain.statusCode, plain.headers.location]).toEqual([301, `https://127.0.0.1:${entryPort}/a?b=c`]);
    const followed = await answer(getSecure as typeof getPlain, plain.headers.location!);
    expect([followed.statusCode, followed.text]).toEqual([200, "secure"]);
    expect((await answer(getSecure as typeof getPlain, `https://127.0.0.1:${securePort}/`)).text).toBe("secure");
  } finally {
    await balancer.stop();
  }
});
