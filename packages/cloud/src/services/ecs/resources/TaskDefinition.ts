/** AWS::ECS::TaskDefinition: every change is a new revision. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import { lowerNames, ownTags } from "./properties.ts";
import { changeTags } from "./tags.ts";

type Properties = ResourceProperties["AWS::ECS::TaskDefinition"];
type Request = ResourceRequest<Properties>;

const made = (arn: string): Made => ({ physicalId: arn, attributes: { TaskDefinitionArn: arn } });
const tokenTag = "aws:cloudformation:plinth-token";

/** CloudFormation names a family without a name after stack and logical id; one resource keeps its family for all its revisions. */
const familyOf = ({ properties, stackName, logicalId }: Request) =>
  properties.Family ?? `${stackName}${logicalId}`.replace(/[^\w-]/g, "").slice(0, 255);

export const taskDefinition = resource("AWS::ECS::TaskDefinition", {
  coverage: {
    real: [
      "ContainerDefinitions",
      "Cpu",
      "ExecutionRoleArn",
      "Family",
      "Memory",
      "NetworkMode",
      "RequiresCompatibilities",
      "Tags",
      "TaskRoleArn",
      "Volumes",
    ],
    recorded: [
      "ContainerDefinitions.DisableNetworking",
      "ContainerDefinitions.DnsSearchDomains",
      "ContainerDefinitions.DnsServers",
      "ContainerDefinitions.ExtraHosts",
      "ContainerDefinitions.Hostname",
      "ContainerDefinitions.Interactive",
      "ContainerDefinitions.LinuxParameters",
      "ContainerDefinitions.PseudoTerminal",
      "ContainerDefinitions.ReadonlyRootFilesystem",
      "ContainerDefinitions.SystemControls",
      "ContainerDefinitions.Ulimits",
      "ContainerDefinitions.User",
      "ContainerDefinitions.VersionConsistency",
      "EnableFaultInjection",
      "EphemeralStorage",
      "PidMode",
      "PlacementConstraints",
      "RuntimePlatform",
      "Volumes.EFSVolumeConfiguration.TransitEncryptionPort",
    ],
    refused: {
      "ContainerDefinitions.CredentialSpecs": "Windows credentials have no counterpart here",
      "ContainerDefinitions.EnvironmentFiles": "environment files are not read",
      "ContainerDefinitions.FirelensConfiguration": "log routers are not served; awslogs is",
      "ContainerDefinitions.RepositoryCredentials": "private registries other than ECR are not pulled from",
      "ContainerDefinitions.ResourceRequirements": "there are no GPUs",
      "ContainerDefinitions.RestartPolicy": "containers are not restarted inside a task; a service starts another task",
      InferenceAccelerators: "there are none on Fargate",
      IpcMode: "Fargate has none",
      ProxyConfiguration: "proxies are not served",
      "Volumes.ConfiguredAtLaunch": "there are no volumes of Amazon EBS",
      "Volumes.DockerVolumeConfiguration": "Fargate has none",
      "Volumes.FSxWindowsFileServerVolumeConfiguration": "FSx for Windows File Server is not served",
      "Volumes.Host": "Fargate gives no folders of its hosts",
      "Volumes.S3FilesVolumeConfiguration": "S3 Files is not served",
    },
    note: "Containers run as processes of the cloud's own user in the image's build context.",
  },

  async create(request) {
    const { properties, call } = request;
    const { Tags: tags, ...rest } = properties;
    const input = { ...(lowerNames(rest) as object), family: familyOf(request), tags: ownTags(tags) } as Input<
      "ecs",
      "RegisterTaskDefinition"
    >;
    const system = { ...splitTags(request.tags).system, [tokenTag]: request.token };
    const { taskDefinition: registered } = await call("ecs", "RegisterTaskDefinition", withSystemTags(input, system));
    return made(registered!.taskDefinitionArn!);
  },

  // Everything but tags replaces.
  async update({ call, physicalId, properties, previous }) {
    await changeTags(call, physicalId, ownTags(previous.Tags), ownTags(properties.Tags));
    return made(physicalId);
  },

  async delete({ call, physicalId }) {
    try {
      await call("ecs", "DeregisterTaskDefinition", { taskDefinition: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ClientException")) throw error;
    }
  },

  async find(request) {
    const { call } = request;
    const { taskDefinitionArns } = await call("ecs", "ListTaskDefinitions", { familyPrefix: familyOf(request), sort: "DESC" });
    for (const arn of taskDefinitionArns ?? []) {
      const { tags } = await call("ecs", "DescribeTaskDefinition", { taskDefinition: arn, include: ["TAGS"] });
      if (tags?.some(({ key, value }) => key === tokenTag && value === request.token)) return made(arn);
    }
    return undefined;
  },
});
