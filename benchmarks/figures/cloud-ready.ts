/**
 * From starting the embedded cloud's process on an empty folder to its first answer, and the first calls of services, which are loaded then,
 * beside `node -e 0`. Its memory with no service in use, and with all of them loaded.
 */
import { type Benchmark, median, ms } from "../figure.ts";
import { residentBytes, startCloud, wallMs } from "../measure.ts";

const cloudReady: Benchmark = async () => {
  const ready: number[] = [];
  const bare: number[] = [];
  const firstMs = new Map(firstCalls.map(([service]) => [service, [] as number[]]));
  let [emptyMb, loadedMb] = [0, 0];
  for (let run = 0; run < 7; run++) {
    await using cloud = await startCloud();
    await fetch(`${cloud.endpoint}/_plinth/health`);
    ready.push(cloud.readyMs);
    emptyMb = residentBytes(cloud.pid) / 2 ** 20;
    for (const [service, parameters] of firstCalls) {
      const startMs = performance.now();
      await ask(cloud.endpoint, service, parameters);
      firstMs.get(service)!.push(performance.now() - startMs);
    }
    // It asks every service for its types.
    await ask(cloud.endpoint, "cloudformation", { Action: "ListTypes", Visibility: "PUBLIC" });
    loadedMb = residentBytes(cloud.pid) / 2 ** 20;
    bare.push(await wallMs(["-e", "0"]));
  }
  const [oursMs, bareMs] = [median(ready), median(bare)];
  const reference = `${ms(bareMs)} node -e 0`;
  const memory = (name: string, value: number, atMost: number) =>
    ({ name, ours: `${value.toFixed(0)} MB`, reference: "-", value, limit: { atMost }, unit: "MB" }) as const;
  return [
    { name: "embedded cloud ready", ours: ms(oursMs), reference, value: oursMs / bareMs, limit: { atMost: 6 } },
    ...[...firstMs].map(([service, times]) => ({
      name: `first call of ${service}`,
      ours: ms(median(times)),
      reference,
      value: median(times) / bareMs,
      limit: { atMost: 3 },
    })),
    memory("embedded cloud, no service in use: memory", emptyMb, 90),
    memory("embedded cloud, all services loaded: memory", loadedMb, 150),
  ];
};

/** Each loads its service, and what that needs. */
const firstCalls: [service: string, parameters: Record<string, string>][] = [
  ["sqs", { Action: "ListQueues" }],
  ["s3", {}],
  ["cloudformation", { Action: "DescribeStacks" }],
];

async function ask(endpoint: string, service: string, parameters: Record<string, string>): Promise<void> {
  const scope = `test/20260101/eu-central-1/${service}/aws4_request`;
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}` };
  const isQuery = Object.keys(parameters).length > 0;
  const answer = await fetch(`${endpoint}/`, isQuery ? { method: "POST", headers, body: new URLSearchParams(parameters) } : { headers });
  if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}
export default cloudReady;
