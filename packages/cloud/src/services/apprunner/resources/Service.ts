/**
 * AWS::AppRunner::Service. An update whose deployment is taken back is complete for CloudFormation, as on AWS: the service goes on with the version before,
 * and its newest operation says ROLLBACK_SUCCEEDED (decision 50).
 */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import { findService, type ServiceRecord, services } from "../service.ts";
import { ownTags } from "./stack-tags.ts";

type Properties = ResourceProperties["AWS::AppRunner::Service"];
type Request = ResourceRequest<Properties>;

const lookMs = 100;

/** Names may have 40 characters and begin with a letter or digit. */
const nameOf = (request: Request) => request.properties.ServiceName ?? request.physicalName(40);

/** CloudFormation has lists of pairs where the API has maps. */
function inputOf(properties: Properties) {
  const { Tags: _, ServiceName: __, EncryptionConfiguration: ___, SourceConfiguration: source, ...rest } = properties;
  const image = source.ImageRepository?.ImageConfiguration;
  const map = (pairs: { Name?: string; Value?: string }[] | undefined) =>
    pairs && Object.fromEntries(pairs.map(({ Name = "", Value = "" }) => [Name, Value]));
  const variables = map(image?.RuntimeEnvironmentVariables);
  const secrets = map(image?.RuntimeEnvironmentSecrets);
  return {
    ...rest,
    SourceConfiguration: {
      ...source,
      ...(source.ImageRepository && {
        ImageRepository: {
          ...source.ImageRepository,
          ...(image && {
            ImageConfiguration: {
              ...image,
              ...(variables && { RuntimeEnvironmentVariables: variables }),
              ...(secrets && { RuntimeEnvironmentSecrets: secrets }),
            },
          }),
        },
      }),
    },
  };
}

/** Waits until no operation is under way. */
async function settled({ cloud, account, region, signal }: Pick<Request, "cloud" | "account" | "region" | "signal">, arn: string) {
  for (;;) {
    const found = findService({ cloud, account, region }, arn);
    if (found?.status !== "OPERATION_IN_PROGRESS") return found;
    await cloud.world.clock.sleep(lookMs, signal);
  }
}

async function made(request: Request, arn: string): Promise<Made> {
  const found = await settled(request, arn);
  if (!found || found.status === "DELETED") throw new AwsError("NotStabilized", "The service was removed while it was being deployed.");
  if (found.status === "CREATE_FAILED") throw failed(found);
  const { Service } = await request.call("apprunner", "DescribeService", { ServiceArn: arn });
  return {
    physicalId: arn,
    attributes: { ServiceArn: arn, ServiceId: Service!.ServiceId!, ServiceUrl: Service!.ServiceUrl!, Status: Service!.Status! },
  };
}

const failed = ({ name, operations }: ServiceRecord) =>
  new AwsError("NotStabilized", `Service ${name} is CREATE_FAILED: ${operations.at(-1)?.failure ?? "its deployment failed"}`);

export const service = resource("AWS::AppRunner::Service", {
  coverage: {
    real: [
      "AutoScalingConfigurationArn",
      "HealthCheckConfiguration",
      "InstanceConfiguration",
      "NetworkConfiguration.EgressConfiguration",
      "ServiceName",
      "SourceConfiguration.AuthenticationConfiguration.AccessRoleArn",
      "SourceConfiguration.AutoDeploymentsEnabled",
      "SourceConfiguration.ImageRepository",
      "Tags",
    ],
    recorded: [
      "EncryptionConfiguration",
      "InstanceConfiguration.Cpu",
      "NetworkConfiguration.IngressConfiguration",
      "NetworkConfiguration.IpAddressType",
      "ObservabilityConfiguration",
    ],
    refused: {
      "SourceConfiguration.AuthenticationConfiguration.ConnectionArn": "services run images, not code repositories",
      "SourceConfiguration.CodeRepository": "services run images, not code repositories",
    },
    note: "Private services and IPv6 are refused; rules of the VPC connector's security groups do not hold calls back.",
  },

  async create(request) {
    const { call, properties } = request;
    const { own, system } = ownTags(request, properties.Tags);
    const input = {
      ...inputOf(properties),
      ServiceName: nameOf(request),
      ...(properties.EncryptionConfiguration && { EncryptionConfiguration: properties.EncryptionConfiguration }),
      Tags: own,
    } as Input<"apprunner", "CreateService">;
    const { Service } = await call("apprunner", "CreateService", withOrigin(input, { tags: system, token: request.token }));
    const arn = Service!.ServiceArn!;
    await request.started?.(arn);
    try {
      return await made(request, arn);
    } catch (error) {
      throw new MadeInPart(arn, error);
    }
  },

  async update(request) {
    const { call, properties, physicalId } = request;
    await settled(request, physicalId);
    await call("apprunner", "UpdateService", { ...inputOf(properties), ServiceArn: physicalId } as Input<"apprunner", "UpdateService">);
    return await made(request, physicalId);
  },

  async delete(request) {
    const { call, physicalId } = request;
    const found = await settled(request, physicalId);
    if (!found || found.status === "DELETED") return;
    await call("apprunner", "DeleteService", { ServiceArn: physicalId });
    await settled(request, physicalId);
  },

  async find(request) {
    const { cloud, account, region, token } = request;
    const found = services({ cloud, account, region }).find((each) => each.token === token && each.status !== "DELETED");
    return found && (await made(request, found.arn));
  },
});
