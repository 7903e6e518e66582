/** A template with loops, made and changed through the official client. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from "@aws-sdk/client-cloudformation";
import { expect, test } from "vitest";
import { startTestServer } from "../server.ts";

const TemplateBody = `
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Groups:
    - Name
    - !Ref Names
    - "Group\${Name}": {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "/loops/\${Name}"}}
`;

test("each item is a resource; an item taken out takes its resource with it", async () => {
  await using server = await startTestServer();
  const client = new CloudFormationClient(server.client);
  const given = (names: string) => ({
    StackName: "loops",
    TemplateBody,
    Parameters: [{ ParameterKey: "Names", ParameterValue: names }],
    Capabilities: ["CAPABILITY_AUTO_EXPAND" as const],
  });
  const waiting = { client, minDelay: 0.05, maxDelay: 0.05, maxWaitTime: 20 };
  const standing = async () =>
    (await client.send(new DescribeStackResourcesCommand({ StackName: "loops" })))
      .StackResources!.filter(({ ResourceStatus }) => ResourceStatus !== "DELETE_COMPLETE")
      .map(({ PhysicalResourceId }) => PhysicalResourceId)
      .toSorted();
  await client.send(new CreateStackCommand(given("a,b")));
  await waitUntilStackCreateComplete(waiting, { StackName: "loops" });
  expect(await standing()).toEqual(["/loops/a", "/loops/b"]);
  await client.send(new UpdateStackCommand(given("b,c")));
  await waitUntilStackUpdateComplete(waiting, { StackName: "loops" });
  expect(await standing()).toEqual(["/loops/b", "/loops/c"]);
  client.destroy();
});
