/** What AWS does and this cloud does not, refused by name. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { notHere } from "../errors.ts";

export const executeCommand = operation("ecs", "ExecuteCommand", () => {
  throw notHere("ExecuteCommand yet");
});

export const createTaskSet = operation("ecs", "CreateTaskSet", () => {
  throw notHere("task sets (external deployment controllers)");
});

export const updateServicePrimaryTaskSet = operation("ecs", "UpdateServicePrimaryTaskSet", () => {
  throw notHere("task sets (external deployment controllers)");
});

export const createCapacityProvider = operation("ecs", "CreateCapacityProvider", () => {
  throw notHere("capacity providers other than FARGATE and FARGATE_SPOT");
});

export const registerContainerInstance = operation("ecs", "RegisterContainerInstance", () => {
  throw notHere("container instances; tasks run on Fargate");
});

/** There are none, which is the truth. */
export const listContainerInstances = operation("ecs", "ListContainerInstances", () => ({ containerInstanceArns: [] }));

export const describeContainerInstances = operation("ecs", "DescribeContainerInstances", (input, { region, account }) => {
  if (input.containerInstances.length === 0) throw new AwsError("ClientException", "Container Instances cannot be empty.");
  return {
    containerInstances: [],
    failures: input.containerInstances.map((given) => ({
      arn: given.startsWith("arn:") ? given : `arn:aws:ecs:${region}:${account}:container-instance/${given}`,
      reason: "MISSING",
    })),
  };
});
