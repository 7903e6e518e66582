/** A production stage whose queues and topics only its own key opens: the services of AWS that act by themselves still get through. */
import { connectAws, type Aws } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = `import { alarms, app, bucket, queue, topic } from "plinth";
export default app("sealed", { region: "eu-central-1", production: ["local"] }, () => {
  const changes = queue();
  const orders = topic({ to: [changes] });
  const uploads = bucket({ notify: [{ to: changes, prefix: "in/" }, { to: orders, prefix: "out/" }] });
  const alerts = alarms({ email: "ops@example.com" });
  return { changes, orders, uploads, alerts };
});
`;

let app: AppFolder;
let aws: Aws;
let endpoint: string;
let outputs: Record<string, Record<string, string>>;

beforeAll(async () => {
  app = await appFolder({ "plinth.config.ts": config });
  const deployed = await plinth(app.folder, ["deploy", "--yes"]);
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
  ({ endpoint } = JSON.parse((await plinth(app.folder, ["cloud", "status", "--json"])).out.join("")) as { endpoint: string });
  outputs = JSON.parse((await plinth(app.folder, ["outputs", "--json"])).out.join("")) as typeof outputs;
  aws = connectAws("eu-central-1", endpoint);
}, 120_000);
afterAll(async () => {
  aws?.close();
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

/** All that waits in the queue. */
async function waiting(): Promise<string> {
  const { Messages = [] } = await aws.call("sqs", "ReceiveMessage", { QueueUrl: outputs["changes"]!["url"]!, MaxNumberOfMessages: 10 });
  return Messages.map(({ Body }) => Body).join("\n");
}

interface Mail {
  subject: string;
  confirmUrl?: string;
}
const mails = async () => ((await (await fetch(`${endpoint}/_plinth/mailbox`)).json()) as { mails: Mail[] }).mails;

test("the queue is encrypted with the stage's key", async () => {
  const { Attributes } = await aws.call("sqs", "GetQueueAttributes", { QueueUrl: outputs["changes"]!["url"]!, AttributeNames: ["All"] });
  expect(Attributes).toMatchObject({ KmsMasterKeyId: expect.stringContaining(":key/"), KmsDataKeyReusePeriodSeconds: "3600" });
});

test("S3 tells it of changes, and a topic, which hands on to it", async () => {
  await aws.call("s3", "PutObject", { Bucket: outputs["uploads"]!["name"]!, Key: "in/a.txt", Body: "hello" });
  await expect.poll(waiting).toContain("in/a.txt");
  await aws.call("s3", "PutObject", { Bucket: outputs["uploads"]!["name"]!, Key: "out/b.txt", Body: "hello" });
  await expect.poll(waiting).toContain("out/b.txt");
});

test("an alarm writes to whom it is to write", async () => {
  await fetch((await mails()).find(({ confirmUrl }) => confirmUrl !== undefined)!.confirmUrl!);
  const { MetricAlarms } = await aws.call("cloudwatch", "DescribeAlarms", {});
  const { AlarmName } = MetricAlarms!.find((one) => one.AlarmName!.startsWith("sealed-local-observability-ChangesDeadAlarm-"))!;
  await aws.call("cloudwatch", "SetAlarmState", { AlarmName: AlarmName!, StateValue: "ALARM", StateReason: "to see whether it is heard" });
  await expect.poll(async () => (await mails()).map(({ subject }) => subject).join("\n")).toContain(`ALARM: "${AlarmName}"`);
});
