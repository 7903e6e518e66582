/** The HTTP server around the AWS API: who may call it, the account's reset, what callers do that hang up. */
import { request as httpRequest } from "node:http";
import { CreateSecretCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cloud } from "../../src/cloud.ts";
import { cloudServer } from "../../src/server/server.ts";
import { seededRandom } from "../../src/world/simulated.ts";
import { startTestServer, type TestServer } from "../server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ accountReset: true });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  expect(server.reported).toEqual([]);
});

/** `fetch` sets Host itself; this sends the one given. */
function status(headers: Record<string, string>, path = "/_plinth/health"): Promise<number> {
  return new Promise((done, fail) => {
    const request = httpRequest({ host: "127.0.0.1", port: server.port, path, headers, agent: false }, (response) => {
      response.resume();
      done(response.statusCode!);
    });
    request.on("error", fail);
    request.end();
  });
}

describe("who may call", () => {
  test.each([
    ["127.0.0.1:PORT", {}, 200],
    ["localhost:PORT", {}, 200],
    ["[::1]:PORT", {}, 200],
    ["bucket.s3.localhost:PORT", {}, 200],
    ["LOCALHOST:PORT", {}, 200],
    ["localhost", {}, 403],
    ["localhost:1", {}, 403],
    ["evil.example:PORT", {}, 403],
    ["localhost.evil.example:PORT", {}, 403],
    ["evil-localhost:PORT", {}, 403],
    ["127.0.0.1.nip.io:PORT", {}, 403],
    ["localhost:PORT", { origin: "http://localhost:PORT" }, 200],
    ["localhost:PORT", { origin: "http://localhost:3000" }, 403],
    ["localhost:PORT", { origin: "https://evil.example" }, 403],
    ["localhost:PORT", { origin: "null" }, 403],
    ["localhost:PORT", { "sec-fetch-site": "cross-site" }, 403],
    ["localhost:PORT", { "sec-fetch-site": "same-origin" }, 200],
    ["bucket.s3.amazonaws.com", {}, 403],
    ["bucket.s3.amazonaws.com", { authorization: "AWS4-HMAC-SHA256 Credential=a" }, 200],
    ["bucket.s3.eu-central-1.amazonaws.com:PORT", { authorization: "AWS4-HMAC-SHA256 Credential=a" }, 200],
    ["bucket.s3.amazonaws.com", { authorization: "AWS4-HMAC-SHA256 Credential=a", "user-agent": "Mozilla/5.0" }, 403],
    ["bucket.s3.amazonaws.com", { authorization: "AWS4-HMAC-SHA256 Credential=a", origin: "http://bucket.s3.amazonaws.com" }, 403],
    ["s3.amazonaws.com.evil.example", { authorization: "AWS4-HMAC-SHA256 Credential=a" }, 403],
    ["ec2.amazonaws.com", { authorization: "AWS4-HMAC-SHA256 Credential=a" }, 403],
  ])("Host %s with %o: %i", async (host, headers, expected) => {
    const own = Object.entries({ host, ...headers }).map(([name, value]) => [name, value.replace("PORT", String(server.port))]);
    expect(await status(Object.fromEntries(own))).toBe(expected);
  });
});

test("health says that it runs", async () => {
  const answer = await fetch(`${server.endpoint}/_plinth/health`);
  expect(await answer.json()).toMatchObject({
    status: "running",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    account: "123456789012",
  });
  expect((await fetch(`${server.endpoint}/_plinth/nothing`)).status).toBe(404);
});

describe("the account's reset", () => {
  test("empties it", async () => {
    const client = new SecretsManagerClient(server.client);
    await client.send(new CreateSecretCommand({ Name: "gone", SecretString: "x" }));
    const answer = await fetch(`${server.endpoint}/moto-api/reset`, { method: "POST" });
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
    expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
    client.destroy();
  });

  test("is refused where it was not asked for at the start", async () => {
    await using other = await startTestServer();
    expect((await fetch(`${other.endpoint}/moto-api/reset`, { method: "POST" })).status).toBe(404);
  });
});

describe("calls in flight", () => {
  /** A cloud whose one operation waits for what the test wants. */
  async function waitingServer(run: (signal: AbortSignal) => Promise<unknown>) {
    const reported: unknown[] = [];
    let resets = 0;
    const cloud = {
      account: "123456789012",
      world: { random: seededRandom(1) },
      store: { collection: () => ({ get: () => undefined }) },
      services: {},
      active: () => ({ id: "secretsmanager", operations: { ListSecrets: true } }),
      run: (_service: string, _operation: string, _input: unknown, { signal }: { signal: AbortSignal }) => run(signal),
      reset: async () => void resets++,
    };
    const waiting = cloudServer({ cloud: cloud as unknown as Cloud, accountReset: true, report: (error) => reported.push(error) });
    const port = await waiting.listen(0);
    waiting.open();
    const headers = {
      "x-amz-target": "secretsmanager.ListSecrets",
      authorization: "AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0",
    };
    const call = (signal?: AbortSignal) =>
      fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body: "{}", ...(signal && { signal }) });
    return { waiting, port, call, reported, resets: () => resets };
  }

  const untilAborted = (signal: AbortSignal, began: () => void) =>
    new Promise((_done, fail) => {
      began();
      signal.addEventListener("abort", () => fail(signal.reason as Error), { once: true });
    });

  test("end when the caller hangs up", async () => {
    const began = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const { waiting, call, reported } = await waitingServer((signal) =>
      untilAborted(signal, began.resolve).catch((error: unknown) => {
        ended.resolve((error as { code: string }).code);
        throw error;
      }),
    );
    const hangUp = new AbortController();
    const answer = call(hangUp.signal).catch((error: unknown) => (error as Error).name);
    await began.promise;
    hangUp.abort();
    expect(await answer).toBe("AbortError");
    expect(await ended.promise).toBe("RequestAborted");
    expect(reported).toEqual([]);
    await waiting.close();
  });

  test("end at a reset, and those that come during it wait for its end", async () => {
    const began = Promise.withResolvers<void>();
    let first = true;
    const { waiting, port, call, resets } = await waitingServer((signal) => {
      if (!first) return Promise.resolve({ SecretList: [] });
      first = false;
      return untilAborted(signal, began.resolve);
    });
    const held = call();
    await began.promise;
    const reset = fetch(`http://127.0.0.1:${port}/moto-api/reset`, { method: "POST" });
    const aborted = await held;
    expect([aborted.status, await aborted.json()]).toMatchObject([503, { __type: "ServiceUnavailable" }]);
    expect((await reset).status).toBe(200);
    expect(resets()).toBe(1);
    expect((await call()).status).toBe(200);
    await waiting.close();
  });

  test("that fail by the cloud's own fault are answered, and told", async () => {
    const { waiting, call, reported } = await waitingServer(() => Promise.reject(new TypeError("a fault of ours")));
    const answer = await call();
    expect([answer.status, await answer.json()]).toEqual([
      500,
      {
        __type: "InternalFailure",
        message: "The request processing has failed because of an unknown error, exception or failure.",
      },
    ]);
    expect(reported).toMatchObject([{ message: "a fault of ours" }]);
    await waiting.close();
  });
});
