/** The rotation of hana's database login and of its cache's token under 50 requests a second: how many fail, and how long they wait beside as many without it. */
import { copyOf } from "../../examples/threa/test/deployed.ts";
import { type Benchmark, ms } from "../figure.ts";

const stage = ["--stage", "dev", "--local"];
const everyMs = 20;

const rotation: Benchmark = async () => {
  await using app = copyOf("hana");
  const plinth = async (args: readonly string[], input?: string) => {
    const ran = await app.plinth([...args, ...stage], input);
    if (ran.code !== 0) throw new Error(`plinth ${args.join(" ")} ended with ${ran.code}:\n${ran.stderr.slice(-2000)}`);
    return ran.stdout;
  };
  // Stops at the required secret, which then gets its value.
  await app.plinth(["deploy", "--yes", ...stage]);
  await plinth(["secrets", "set", "anthropicApiKey", "--field", "api_key"], "no-real-key");
  await plinth(["deploy", "--yes"]);
  const { entry } = JSON.parse(await plinth(["outputs", "--json"])) as { entry: { url: string } };
  const url = `${entry.url}/v1/conversations/none/runs`;

  const quiet = await underLoad(url, () => new Promise((done) => setTimeout(done, 10_000)));
  const turned = await underLoad(url, async () => {
    await plinth(["secrets", "rotate", "database"]);
    await plinth(["secrets", "rotate", "cache"]);
  });
  return [
    {
      name: "rotation of a login and a token under 50 requests/s: failed",
      ours: `${turned.failed} of ${turned.sent}`,
      reference: `${quiet.failed} of ${quiet.sent} without`,
      value: turned.failed,
      limit: { atMost: 0 },
      unit: "failed",
    },
    {
      name: "the same: the slowest hundredth",
      ours: ms(turned.p99Ms),
      reference: `${ms(quiet.p99Ms)} without`,
      value: turned.p99Ms / quiet.p99Ms,
      limit: { atMost: 50 },
    },
  ];
};
export default rotation;

/** Requests at a steady pace, whatever the answers take, until `act` has ended. */
async function underLoad(url: string, act: () => Promise<unknown>): Promise<{ sent: number; failed: number; p99Ms: number }> {
  const took: number[] = [];
  let failed = 0;
  const pending = new Set<Promise<void>>();
  const ask = async () => {
    const startMs = performance.now();
    try {
      const response = await fetch(url);
      await response.text();
      if (!response.ok) failed++;
    } catch {
      failed++;
    }
    took.push(performance.now() - startMs);
  };
  const timer = setInterval(() => {
    const one: Promise<void> = ask().finally(() => pending.delete(one));
    pending.add(one);
  }, everyMs);
  try {
    await act();
  } finally {
    clearInterval(timer);
    await Promise.all(pending);
  }
  return { sent: took.length, failed, p99Ms: took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0 };
}
