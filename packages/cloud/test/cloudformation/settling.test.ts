/** A cloud for test suites answers CreateStack when the stack stands. */
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCloud } from "../../src/process.ts";

test("what a suite looks for at once is there, and gone", async () => {
  const state = mkdtempSync(join(tmpdir(), "plinth-settling-"));
  const cloud = await startCloud({ state, port: 0, accountReset: true });
  const client = new CloudFormationClient({
    endpoint: cloud.description.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const StackName = "quick";
  const TemplateBody = JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic" } } });
  const status = async () => (await client.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!.StackStatus;
  try {
    await client.send(new CreateStackCommand({ StackName, TemplateBody }));
    expect(await status()).toBe("CREATE_COMPLETE");
    await client.send(new DeleteStackCommand({ StackName }));
    await expect(status()).rejects.toThrow("Stack with id quick does not exist");
  } finally {
    client.destroy();
    await cloud.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
