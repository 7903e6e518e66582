/**
 * CloudFormation through AWS's own client, waiters included: against the embedded cloud's process, or with TARGET=aws against AWS
 * (in the region and with the credentials of the environment).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const onAws = process.env.TARGET === "aws";
const program = fileURLToPath(new URL("../packages/cloud/bin/plinth-cloud.js", import.meta.url));
const state = mkdtempSync(join(tmpdir(), "plinth-conformance-"));
const name = `plinth-conformance-${process.pid}`;
const waiting = onAws ? { maxWaitTime: 300 } : { maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 };

let cloud: { process: ChildProcess; client: CloudFormationClient } | undefined;
const client = () => cloud?.client ?? new CloudFormationClient({});

async function start(): Promise<void> {
  const child = spawn(process.execPath, [program, "--state", state, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { endpoint } = JSON.parse(line) as { endpoint: string };
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    cloud = { process: child, client: new CloudFormationClient({ endpoint, region: "eu-central-1", credentials }) };
    return;
  }
  throw new Error("the embedded cloud did not start");
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  const running = cloud;
  if (!running) return;
  cloud = undefined;
  const ended = new Promise((done) => running.process.once("exit", done));
  running.process.kill(signal);
  await ended;
  running.client.destroy();
}

beforeAll(async () => {
  if (!onAws) await start();
});

afterAll(async () => {
  await client().send(new DeleteStackCommand({ StackName: name }));
  await waitUntilStackDeleteComplete({ client: client(), ...waiting }, { StackName: name }).catch(() => undefined);
  await stop("SIGTERM");
  rmSync(state, { recursive: true, force: true });
});

const template = (value: string, more: object = {}) =>
  JSON.stringify({
    Resources: {
      Topic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: value } },
      Setting: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: { "Fn::GetAtt": ["Topic", "TopicName"] } } },
      ...more,
    },
    Outputs: { Topic: { Value: { Ref: "Topic" } } },
  });

describe("a stack's life", () => {
  test("is created, with waiters, events and outputs", async () => {
    const { StackId } = await client().send(
      new CreateStackCommand({ StackName: name, TemplateBody: template("one"), Tags: [{ Key: "stage", Value: "test" }] }),
    );
    await waitUntilStackCreateComplete({ client: client(), ...waiting }, { StackName: name });
    const { Stacks } = await client().send(new DescribeStacksCommand({ StackName: name }));
    expect(Stacks![0]).toMatchObject({
      StackId,
      StackStatus: "CREATE_COMPLETE",
      Tags: [{ Key: "stage", Value: "test" }],
      RollbackConfiguration: {},
    });
    expect(Stacks![0]!.Outputs![0]!.OutputValue).toMatch(/^arn:aws:sns:/);
    const { StackEvents } = await client().send(new DescribeStackEventsCommand({ StackName: name }));
    expect(StackEvents!.at(-1)).toMatchObject({
      LogicalResourceId: name,
      ResourceStatus: "CREATE_IN_PROGRESS",
      ResourceStatusReason: "User Initiated",
    });
    expect(StackEvents![0]).toMatchObject({ LogicalResourceId: name, ResourceStatus: "CREATE_COMPLETE" });
  });

  test("is changed through a change set, and its template comes back as it went", async () => {
    const TemplateBody = template("two", { Extra: { Type: "AWS::Logs::LogGroup" } });
    const { Id } = await client().send(new CreateChangeSetCommand({ StackName: name, ChangeSetName: "next", TemplateBody }));
    await waitUntilChangeSetCreateComplete({ client: client(), ...waiting }, { ChangeSetName: Id! });
    const { Changes } = await client().send(new DescribeChangeSetCommand({ ChangeSetName: Id! }));
    expect(
      Changes!.map(({ ResourceChange }) => [ResourceChange!.LogicalResourceId, ResourceChange!.Action, ResourceChange!.Replacement]),
    ).toEqual(
      expect.arrayContaining([
        ["Extra", "Add", undefined],
        ["Topic", "Modify", "False"],
      ]),
    );
    await client().send(new ExecuteChangeSetCommand({ ChangeSetName: Id! }));
    await waitUntilStackUpdateComplete({ client: client(), ...waiting }, { StackName: name });
    expect((await client().send(new GetTemplateCommand({ StackName: name }))).TemplateBody).toBe(TemplateBody);
    const { StackResourceSummaries } = await client().send(new ListStackResourcesCommand({ StackName: name }));
    expect(StackResourceSummaries!.map(({ LogicalResourceId }) => LogicalResourceId).sort()).toEqual(["Extra", "Setting", "Topic"]);
  });

  test("refuses in AWS's words", async () => {
    await expect(client().send(new UpdateStackCommand({ StackName: name, UsePreviousTemplate: true }))).rejects.toMatchObject({
      name: "ValidationError",
      message: "No updates are to be performed.",
    });
    await expect(client().send(new CreateStackCommand({ StackName: name, TemplateBody: template("one") }))).rejects.toMatchObject({
      name: "AlreadyExistsException",
      message: `Stack [${name}] already exists`,
    });
    await expect(client().send(new DescribeChangeSetCommand({ StackName: name, ChangeSetName: "nothing" }))).rejects.toMatchObject({
      name: "ChangeSetNotFoundException",
      message: "ChangeSet [nothing] does not exist",
    });
  });

  // AWS's servers are not ours to kill.
  test.skipIf(onAws)("goes on after the cloud was killed in the middle of an update", async () => {
    const more = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`P${index}`, { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "x" } }]),
    );
    await client().send(new UpdateStackCommand({ StackName: name, TemplateBody: template("three", more) }));
    await stop("SIGKILL");
    await start();
    await waitUntilStackUpdateComplete({ client: client(), ...waiting }, { StackName: name });
    const { StackResourceSummaries } = await client().send(new ListStackResourcesCommand({ StackName: name }));
    expect(StackResourceSummaries).toHaveLength(62);
    expect(new Set(StackResourceSummaries!.map(({ PhysicalResourceId }) => PhysicalResourceId)).size).toBe(62);
  });

  test("is deleted, and then told by its id only", async () => {
    const { Stacks } = await client().send(new DescribeStacksCommand({ StackName: name }));
    await client().send(new DeleteStackCommand({ StackName: name }));
    await waitUntilStackDeleteComplete({ client: client(), ...waiting }, { StackName: name });
    const byId = await client().send(new DescribeStacksCommand({ StackName: Stacks![0]!.StackId! }));
    expect(byId.Stacks![0]!.StackStatus).toBe("DELETE_COMPLETE");
    await expect(client().send(new DescribeStacksCommand({ StackName: name }))).rejects.toMatchObject({
      message: `Stack with id ${name} does not exist`,
    });
  });
});
