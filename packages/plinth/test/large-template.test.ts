/** A template too large to be sent inline goes through a bucket, as it does on AWS. */
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = `import { app, aws } from "plinth";
export default app("large", { region: "eu-central-1" }, () =>
  Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => ["text" + index, aws("AWS::SSM::Parameter", { Name: "/large/" + index, Type: "String", Value: String(index).padEnd(1500, "x") })]),
  ));
`;

let app: AppFolder;
beforeAll(async () => {
  app = await appFolder({ "plinth.config.ts": config });
});
afterAll(async () => {
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

test("60 KB of template deploy by URL, and are taken down again", async () => {
  const deployed = await plinth(app.folder, ["deploy"]);
  expect(deployed.failure?.message).toBeUndefined();
  const { endpoint } = JSON.parse((await plinth(app.folder, ["cloud", "status", "--json"])).out.join("\n")) as { endpoint: string };
  const settings = { endpoint, region: "eu-central-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "plinth-123456789012-eu-central-1" }));
  expect(Contents.map(({ Size }) => Size! > 51_200)).toContain(true);
  const ssm = new SSMClient(settings);
  expect((await ssm.send(new GetParameterCommand({ Name: "/large/39" }))).Parameter!.Value).toMatch(/^39x+$/);
  const destroyed = await plinth(app.folder, ["destroy", "--yes"]);
  expect(destroyed.failure?.message).toBeUndefined();
  await expect(ssm.send(new GetParameterCommand({ Name: "/large/39" }))).rejects.toMatchObject({ name: "ParameterNotFound" });
  for (const client of [s3, ssm]) client.destroy();
});
