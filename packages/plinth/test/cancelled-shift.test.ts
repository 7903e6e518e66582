/** An update of a stack that is cancelled while requests are being moved to a new version. */
import { connectAws } from "@plinth/deployer";
import { expect, test } from "vitest";
import { startHurriedCloud } from "../../../examples/threa/test/hurried.ts";
import { appFolder, plinth, plinthInside } from "./app-folder.ts";

const dockerfile = (version: string) => `FROM node:24-alpine\nWORKDIR /app\nENV VERSION=${version}\nCOPY . .\nCMD ["node", "server.js"]\n`;
const files = {
  "plinth.config.ts": `import { app, image, loadBalancer, service } from "plinth";
export default app("midway", { region: "eu-central-1" }, () => {
  const deploy = { strategy: "canary", percent: 10, every: "60 minutes", bake: "0 minutes" } as const;
  const web = service({ image: image(), port: 3000, deploy });
  const entry = loadBalancer({ routes: { "/*": web } });
  return { web, entry };
});
`,
  ".dockerignore": "plinth.config.ts\n",
  Dockerfile: dockerfile("one"),
  "server.js": `import { createServer } from "node:http";
const server = createServer((_, response) => response.end(process.env.VERSION)).listen(3000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`,
};

interface Status {
  services: { running: number; steady: boolean; shift?: { stage: string; percent: number } }[];
  outputs: Record<string, { url?: string }>;
}

test("the old version has all requests again, nothing of the new one is left, and the next deploy is whole", async () => {
  await using app = await appFolder(files);
  await using cloud = await startHurriedCloud(app);
  const aws = connectAws("eu-central-1", cloud.endpoint);
  const status = async () => JSON.parse((await plinth(app.folder, ["status", "--json"])).out.join("\n")) as Status;
  const shift = async () => (await status()).services[0]!.shift;
  const halfWay = { stage: "PRODUCTION_TRAFFIC_SHIFT", percent: 10 };
  const first = await plinthInside(app.folder, ["deploy"]);
  expect(first.exit, first.err).toBe(0);
  const { url } = (await status()).outputs["entry"]!;
  const text = async () => (await fetch(url!)).text();
  await app.write({ Dockerfile: dockerfile("two") });
  const cancelled = plinthInside(app.folder, ["deploy"]);
  await expect.poll(shift, { interval: 250, timeout: 120_000 }).toMatchObject(halfWay);
  await aws.call("cloudformation", "CancelUpdateStack", { StackName: "midway-local-compute" });
  // First the requests go back: all of them, also that tenth.
  await expect
    .poll(async () => (await Promise.all(Array.from({ length: 150 }, text))).includes("two"), { interval: 250, timeout: 60_000 })
    .toBe(false);
  // CloudFormation brings the old version out again, and ECS does that as it does with every version: a tenth, and an hour later the rest.
  await expect.poll(shift, { interval: 250, timeout: 60_000 }).toMatchObject(halfWay);
  expect(await Promise.all(Array.from({ length: 40 }, text))).toEqual(Array.from({ length: 40 }, () => "one"));
  await cloud.pass(3_600_000, 3_600_000);
  const ended = await cancelled;
  expect(ended.exit, ended.err).toBe(1);
  expect(await status()).toMatchObject({ services: [{ running: 1, steady: true }] });
  expect(await shift()).toBeUndefined();
  expect(await Promise.all(Array.from({ length: 40 }, text))).toEqual(Array.from({ length: 40 }, () => "one"));
  const { Stacks } = await aws.call("cloudformation", "DescribeStacks", { StackName: "midway-local-compute" });
  expect(Stacks![0]!.StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");

  const next = plinthInside(app.folder, ["deploy"]);
  await expect.poll(shift, { interval: 250, timeout: 120_000 }).toMatchObject(halfWay);
  await cloud.pass(3_600_000, 3_600_000);
  const whole = await next;
  expect(whole.exit, whole.err).toBe(0);
  expect(await text()).toBe("two");
  aws.close();
}, 300_000);
