/** A cloud for a test to kill: it puts numbers on a FIFO queue, four at a time, and says each that was answered. */
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { realWorld } from "../../../src/world/real.ts";

const folder = process.argv[2]!;
const cloud = assembleCloud({ world: realWorld(folder), store: openStore(folder), endpoint: () => "http://127.0.0.1:1" });
await cloud.start();
const call = cloud.as(rootPrincipal(cloud.account), "eu-central-1");
const { QueueUrl } = await call("sqs", "CreateQueue", {
  QueueName: "runs.fifo",
  Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" },
});
for (let first = 0; ; first += 4) {
  const numbers = [0, 1, 2, 3].map((index) => first + index);
  await Promise.all(
    numbers.map((number) => call("sqs", "SendMessage", { QueueUrl: QueueUrl!, MessageBody: String(number), MessageGroupId: "g" })),
  );
  process.stdout.write(`${numbers.at(-1)}\n`);
}
