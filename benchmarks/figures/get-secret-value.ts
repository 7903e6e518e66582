/** CPU of one GetSecretValue in the embedded cloud, beside a bare node:http server that parses and answers the same bytes. */
import { spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Benchmark, median } from "../figure.ts";
import { clientSettings, cpuMs, end, firstLine, node, root, startCloud } from "../measure.ts";

const calls = 20_000;
const rounds = 5;

const getSecretValue: Benchmark = async () => {
  await using cloud = await startCloud();
  const client = new SecretsManagerClient(clientSettings(cloud.endpoint));
  await client.send(new CreateSecretCommand({ Name: "bench", SecretString: JSON.stringify({ password: "x".repeat(40) }) }));
  // The signed request that the official client sends, kept to be sent again and again.
  let headers: Record<string, string> = {};
  client.middlewareStack.add(
    (next) => async (args) => ((headers = { ...(args.request as { headers: Record<string, string> }).headers }), next(args)),
    { step: "finalizeRequest", priority: "low" },
  );
  const { $metadata: _, ...answer } = await client.send(new GetSecretValueCommand({ SecretId: "bench" }));
  client.destroy();
  const body = JSON.stringify({ SecretId: "bench" });

  const bare = spawn(node, [join(root, "benchmarks/peers/bare-server.ts"), JSON.stringify(answer)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const port = Number(await firstLine(bare));
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const oursMicros = await microsPerCall(cloud.pid, new URL(cloud.endpoint), headers, body);
      const theirsMicros = await microsPerCall(bare.pid!, new URL(`http://127.0.0.1:${port}`), headers, body);
      // The first round warms both up.
      if (round > 0) {
        ours.push(oursMicros);
        theirs.push(theirsMicros);
      }
    }
    const [a, b] = [median(ours), median(theirs)];
    return [
      {
        name: "GetSecretValue, CPU a call",
        ours: `${a.toFixed(1)} µs`,
        reference: `${b.toFixed(1)} µs node:http`,
        value: a / b,
        limit: { atMost: 2 },
      },
    ];
  } finally {
    await end(bare);
  }
};
export default getSecretValue;

async function microsPerCall(pid: number, url: URL, headers: Record<string, string>, body: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const before = cpuMs(pid);
  let left = calls;
  const lane = async () => {
    while (left-- > 0) await once(agent, url, headers, body);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  const spent = cpuMs(pid) - before;
  agent.destroy();
  return (spent * 1000) / calls;
}

function once(agent: Agent, url: URL, headers: Record<string, string>, body: string): Promise<void> {
  return new Promise((done, fail) => {
    const sent = request(
      {
        agent,
        host: url.hostname,
        port: url.port,
        method: "POST",
        path: "/",
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        if (response.statusCode !== 200) fail(new Error(`answered ${response.statusCode}`));
        response.resume();
        response.on("end", done);
      },
    );
    sent.on("error", fail);
    sent.end(body);
  });
}
