/** Services on EC2, through the AWS SDK's client: there are no container instances, so that their tasks are never placed. */
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { startSimulatedServer, startTestServer } from "../../server.ts";

const taskDefinition = "web";

async function onEc2(ecs: ECSClient) {
  await ecs.send(new CreateClusterCommand({}));
  const container = { name: "web", image: "web:1", memory: 128 };
  await ecs.send(
    new RegisterTaskDefinitionCommand({ family: taskDefinition, executionRoleArn: "by-name", containerDefinitions: [container] }),
  );
  return (await ecs.send(new CreateServiceCommand({ serviceName: "s", taskDefinition, desiredCount: 2 }))).service!;
}

test("a service on EC2 waits for container instances and says so", async () => {
  await using server = await startSimulatedServer();
  const ecs = new ECSClient(server.client);
  const created = await onEc2(ecs);
  expect(created).toMatchObject({ launchType: "EC2", status: "ACTIVE", desiredCount: 2, runningCount: 0, events: [] });
  expect(created.platformVersion).toBeUndefined();
  expect(created.networkConfiguration).toBeUndefined();
  const describe = async () => (await ecs.send(new DescribeServicesCommand({ services: ["s"] }))).services![0]!;
  await server.world.clock.advance(10_000);
  await expect
    .poll(async () => (await describe()).events?.[0]?.message)
    .toContain(
      "was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster.",
    );
  await server.world.clock.advance(3_600_000);
  expect((await describe()).events).toHaveLength(1);
  await ecs.send(new UpdateServiceCommand({ service: "s", desiredCount: 0 }));
  await expect.poll(async () => (await describe()).deployments?.[0]?.rolloutState).toBe("COMPLETED");
  expect((await ecs.send(new DeleteServiceCommand({ service: "s" }))).service).toMatchObject({ status: "INACTIVE", desiredCount: 0 });
  expect(await describe()).toMatchObject({ status: "INACTIVE" });
});

test("what does not go with EC2 is refused, and tasks are not run there", async () => {
  await using server = await startTestServer();
  const ecs = new ECSClient(server.client);
  await onEc2(ecs);
  const create = (more: object) => ecs.send(new CreateServiceCommand({ serviceName: "t", taskDefinition, desiredCount: 1, ...more }));
  await expect(create({ platformVersion: "1.4.0" })).rejects.toThrow(
    "The platform version must be null when specifying an EC2 launch type.",
  );
  await expect(create({ launchType: "SOMETHING" })).rejects.toMatchObject({
    name: "ClientException",
    message: "launch type should be one of [EC2,FARGATE]",
  });
  await expect(create({ networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } } })).rejects.toThrow(
    "Network Configuration is not valid for the given networkMode of this task definition.",
  );
  await expect(ecs.send(new RunTaskCommand({ taskDefinition }))).rejects.toThrow("No Container Instances were found in your cluster.");
  const { failures } = await ecs.send(new DescribeServicesCommand({ services: ["none"] }));
  expect(failures).toEqual([{ arn: `arn:aws:ecs:${server.region}:123456789012:service/none`, reason: "MISSING" }]);
});

test("a stack does not wait for container instances", async () => {
  await using server = await startTestServer();
  const { call } = server;
  await onEc2(new ECSClient(server.client));
  const service = { Type: "AWS::ECS::Service", Properties: { TaskDefinition: taskDefinition } };
  await call("cloudformation", "CreateStack", { StackName: "unplaced", TemplateBody: JSON.stringify({ Resources: { Service: service } }) });
  const status = async () => (await call("cloudformation", "DescribeStacks", { StackName: "unplaced" })).Stacks![0]!.StackStatus;
  await expect.poll(status).toBe("ROLLBACK_COMPLETE");
  const { StackEvents } = await call("cloudformation", "DescribeStackEvents", { StackName: "unplaced" });
  expect(StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason ?? "").join("\n")).toContain(
    "No Container Instances were found in your cluster.",
  );
});
