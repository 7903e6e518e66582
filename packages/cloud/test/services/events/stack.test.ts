/** Rules, buses and their like as CloudFormation makes, changes and removes them. */
import { expect, it } from "vitest";
import { type Place, queueArn, ruleArn, startPlace } from "./place.ts";

const template = (more: { rule?: object; policy?: string } = {}) =>
  JSON.stringify({
    Resources: {
      Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "stacked" } },
      Bus: { Type: "AWS::Events::EventBus", Properties: { Name: "orders", Tags: [{ Key: "team", Value: "a" }] } },
      Open: {
        Type: "AWS::Events::EventBusPolicy",
        Properties: {
          EventBusName: { Ref: "Bus" },
          StatementId: "open",
          Action: "events:PutEvents",
          Principal: more.policy ?? "111111111111",
        },
      },
      Rule: {
        Type: "AWS::Events::Rule",
        Properties: {
          EventBusName: { Ref: "Bus" },
          EventPattern: { source: ["shop"], detail: { total: [{ numeric: [">", 10] }] } },
          Targets: [
            { Id: "q", Arn: { "Fn::GetAtt": ["Queue", "Arn"] }, InputPath: "$.detail" },
            { Id: "r", Arn: { "Fn::GetAtt": ["Queue", "Arn"] } },
          ],
          ...more.rule,
        },
      },
      Nightly: { Type: "AWS::Events::Rule", Properties: { Name: "nightly", ScheduleExpression: "cron(0 3 * * ? *)", State: "DISABLED" } },
      Kept: { Type: "AWS::Events::Archive", Properties: { SourceArn: { "Fn::GetAtt": ["Bus", "Arn"] }, RetentionDays: 7 } },
      Key: {
        Type: "AWS::Events::Connection",
        Properties: { AuthorizationType: "API_KEY", AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: "k", ApiKeyValue: "v" } } },
      },
      Hook: {
        Type: "AWS::Events::ApiDestination",
        Properties: { ConnectionArn: { "Fn::GetAtt": ["Key", "Arn"] }, HttpMethod: "POST", InvocationEndpoint: "https://example.com/hook" },
      },
      Writes: {
        Type: "AWS::Logs::ResourcePolicy",
        Properties: { PolicyName: "events", PolicyDocument: '{"Version": "2012-10-17", "Statement": []}' },
      },
    },
    Outputs: {
      Rule: { Value: { Ref: "Rule" } },
      Arn: { Value: { "Fn::GetAtt": ["Rule", "Arn"] } },
      Hook: { Value: { "Fn::GetAtt": ["Hook", "Arn"] } },
    },
  });

async function settled({ server: { call, world } }: Place, status: string): Promise<Record<string, string>> {
  for (let turn = 0; turn < 500; turn++) {
    await world.clock.advance(1_000);
    const [stack] = (await call("cloudformation", "DescribeStacks", { StackName: "s" })).Stacks!;
    if (stack!.StackStatus === status) {
      return Object.fromEntries((stack!.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
    }
    if (!stack!.StackStatus!.endsWith("_IN_PROGRESS")) throw new Error(`${stack!.StackStatus}: ${stack!.StackStatusReason}`);
  }
  throw new Error(`the stack did not become ${status}`);
}

it("a stack makes them, changes them in place, finds what was changed by hand, and removes them", async () => {
  await using place = await startPlace();
  const { call } = place.server;
  const { events } = place;
  await call("cloudformation", "CreateStack", { StackName: "s", TemplateBody: template() });
  const { Rule = "", Arn = "", Hook } = await settled(place, "CREATE_COMPLETE");
  const [bus, Name] = Rule.split("|");
  expect([bus, Arn]).toEqual(["orders", ruleArn(`orders/${Name}`)]);
  expect(Hook).toMatch(/:api-destination\/s-Hook-[^/]+\/[0-9a-f-]{36}$/u);
  const at = { Rule: Name!, EventBusName: "orders" };
  expect((await events.listTargetsByRule(at)).Targets).toEqual([
    { Id: "q", Arn: queueArn("stacked"), InputPath: "$.detail" },
    { Id: "r", Arn: queueArn("stacked") },
  ]);
  expect((await events.listTagsForResource({ ResourceARN: Arn })).Tags).toContainEqual({
    Key: "aws:cloudformation:logical-id",
    Value: "Rule",
  });
  expect(await events.listArchives({})).toMatchObject({ Archives: [{ RetentionDays: 7 }] });

  const rule = { Description: "changed", Targets: [{ Id: "q", Arn: { "Fn::GetAtt": ["Queue", "Arn"] } }] };
  await call("cloudformation", "UpdateStack", { StackName: "s", TemplateBody: template({ rule, policy: "*" }) });
  await settled(place, "UPDATE_COMPLETE");
  expect(await events.describeRule({ Name: Name!, EventBusName: "orders" })).toMatchObject({ Description: "changed" });
  expect((await events.listTargetsByRule(at)).Targets).toEqual([{ Id: "q", Arn: queueArn("stacked") }]);
  expect(JSON.parse((await events.describeEventBus({ Name: "orders" })).Policy!)).toMatchObject({
    Statement: [{ Sid: "open", Principal: "*" }],
  });

  await events.enableRule({ Name: "nightly" });
  await call("cloudformation", "DetectStackDrift", { StackName: "s" });
  await place.pass(60_000);
  const { StackResourceDrifts } = await call("cloudformation", "DescribeStackResourceDrifts", { StackName: "s" });
  const drifted = StackResourceDrifts!.filter((one) => one.StackResourceDriftStatus !== "IN_SYNC");
  expect(drifted.map((one) => one.LogicalResourceId)).toEqual(["Nightly"]);

  await call("cloudformation", "DeleteStack", { StackName: "s" });
  await place.pass(60_000);
  expect(await events.listRules({ EventBusName: "default" })).toMatchObject({ Rules: [] });
  expect((await events.listEventBuses({})).EventBuses).toHaveLength(1);
  expect([(await events.listArchives({})).Archives, (await events.listConnections({})).Connections]).toEqual([[], []]);
});
