/** ECS and ECR by CloudFormation: made, changed and removed as a stack. */
import { expect, test } from "vitest";
import { type Place, startPlace } from "./place.ts";

async function settled({ call }: Place): Promise<{ status: string; reasons: string[]; outputs: Record<string, string> }> {
  const status = async () => (await call("cloudformation", "DescribeStacks", { StackName: "app" })).Stacks![0]!;
  await expect.poll(async () => (await status()).StackStatus, { interval: 50 }).not.toMatch(/_IN_PROGRESS$/);
  const stack = await status();
  const { StackEvents } = await call("cloudformation", "DescribeStackEvents", { StackName: "app" });
  return {
    status: stack.StackStatus!,
    reasons: StackEvents!.flatMap(({ ResourceStatusReason }) => ResourceStatusReason ?? []),
    outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])),
  };
}

const template = (place: Place, image: string, count = 1) =>
  JSON.stringify({
    Resources: {
      Images: { Type: "AWS::ECR::Repository", Properties: { EmptyOnDelete: true, Tags: [{ Key: "a", Value: "b" }] } },
      Cluster: { Type: "AWS::ECS::Cluster", Properties: { ClusterSettings: [{ Name: "containerInsights", Value: "disabled" }] } },
      Providers: {
        Type: "AWS::ECS::ClusterCapacityProviderAssociations",
        Properties: {
          Cluster: { Ref: "Cluster" },
          CapacityProviders: ["FARGATE", "FARGATE_SPOT"],
          DefaultCapacityProviderStrategy: [{ CapacityProvider: "FARGATE", Weight: 1 }],
        },
      },
      Definition: {
        Type: "AWS::ECS::TaskDefinition",
        Properties: {
          Family: "stacked",
          RequiresCompatibilities: ["FARGATE"],
          NetworkMode: "awsvpc",
          Cpu: "256",
          Memory: "512",
          ExecutionRoleArn: place.executionRole,
          ContainerDefinitions: [
            {
              Name: "app",
              Image: image,
              StopTimeout: 1,
              PortMappings: [{ ContainerPort: 3921 }],
              DockerLabels: { "Some.Label": "x" },
              LinuxParameters: { InitProcessEnabled: true },
            },
          ],
        },
      },
      Service: {
        Type: "AWS::ECS::Service",
        DependsOn: "Providers",
        Properties: {
          Cluster: { Ref: "Cluster" },
          TaskDefinition: { Ref: "Definition" },
          DesiredCount: count,
          CapacityProviderStrategy: [{ CapacityProvider: "FARGATE_SPOT", Weight: 1 }],
          DeploymentConfiguration: {
            MinimumHealthyPercent: 100,
            MaximumPercent: 200,
            DeploymentCircuitBreaker: { Enable: true, Rollback: true },
          },
          NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [place.subnet] } },
          PropagateTags: "SERVICE",
        },
      },
    },
    Outputs: {
      Cluster: { Value: { Ref: "Cluster" } },
      ClusterArn: { Value: { "Fn::GetAtt": ["Cluster", "Arn"] } },
      Service: { Value: { Ref: "Service" } },
      Name: { Value: { "Fn::GetAtt": ["Service", "Name"] } },
      Definition: { Value: { Ref: "Definition" } },
      Uri: { Value: { "Fn::GetAtt": ["Images", "RepositoryUri"] } },
    },
  });

test("a stack's service is steady when the stack is complete, rolls back when its tasks fail, and drains when it goes", async () => {
  await using place = await startPlace();
  const { call } = place;
  const good = await place.image("good", `import { createServer } from "node:net"; createServer().listen(3921);`);
  const bad = await place.image("bad", `process.exit(1)`);
  await call("cloudformation", "CreateStack", {
    StackName: "app",
    TemplateBody: template(place, good),
    Tags: [{ Key: "team", Value: "web" }],
  });
  const made = await settled(place);
  expect(made).toMatchObject({ status: "CREATE_COMPLETE" });
  const { outputs } = made;
  expect(outputs.Service).toMatch(new RegExp(`:service/${outputs.Cluster}/${outputs.Name}$`));
  expect(outputs.Definition).toMatch(/:task-definition\/stacked:1$/);
  const describe = async () => {
    const { services } = await call("ecs", "DescribeServices", { cluster: outputs.Cluster!, services: [outputs.Name!], include: ["TAGS"] });
    return services![0]!;
  };
  const service = await describe();
  expect(service).toMatchObject({ runningCount: 1, capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1, base: 0 }] });
  expect(service.tags).toContainEqual({ key: "aws:cloudformation:logical-id", value: "Service" });
  expect(service.tags).toContainEqual({ key: "team", value: "web" });
  const { taskArns } = await call("ecs", "ListTasks", { cluster: outputs.Cluster! });
  const { tasks } = await call("ecs", "DescribeTasks", { cluster: outputs.Cluster!, tasks: taskArns!, include: ["TAGS"] });
  expect(tasks![0]).toMatchObject({ capacityProviderName: "FARGATE_SPOT", tags: [{ key: "team", value: "web" }] });
  const { taskDefinition } = await call("ecs", "DescribeTaskDefinition", { taskDefinition: "stacked" });
  expect(taskDefinition!.containerDefinitions![0]!.dockerLabels).toEqual({ "Some.Label": "x" });

  await call("cloudformation", "UpdateStack", { StackName: "app", TemplateBody: template(place, bad) });
  const failed = await settled(place);
  expect(failed.status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(failed.reasons.join("\n")).toContain(
    `Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.`,
  );
  expect(await describe()).toMatchObject({ runningCount: 1, taskDefinition: outputs.Definition });

  await call("cloudformation", "UpdateStack", { StackName: "app", TemplateBody: template(place, good, 2) });
  expect((await settled(place)).status).toBe("UPDATE_COMPLETE");
  expect(await describe()).toMatchObject({ runningCount: 2 });

  await call("cloudformation", "DeleteStack", { StackName: "app" });
  await expect
    .poll(async () => {
      const { StackSummaries } = await call("cloudformation", "ListStacks", {});
      return StackSummaries!.find(({ StackName }) => StackName === "app")!.StackStatus;
    })
    .toBe("DELETE_COMPLETE");
  expect((await call("ecs", "ListClusters", {})).clusterArns).not.toContain(outputs.ClusterArn);
});

test("a stack whose service never starts is rolled back, and nothing of it runs on", async () => {
  await using place = await startPlace();
  const { call } = place;
  const bad = await place.image("bad", `process.exit(1)`);
  await call("cloudformation", "CreateStack", { StackName: "app", TemplateBody: template(place, bad) });
  const { status, reasons } = await settled(place);
  expect(status).toBe("ROLLBACK_COMPLETE");
  expect(reasons.join("\n")).toContain("ECS Deployment Circuit Breaker was triggered");
  const { clusterArns } = await call("ecs", "ListClusters", {});
  expect(clusterArns!.map((arn) => arn.split("/").at(-1))).toEqual(["test"]);
  expect((await call("ecs", "ListTaskDefinitions", { familyPrefix: "stacked" })).taskDefinitionArns).toEqual([]);
});
