/** AWS::ElasticLoadBalancingV2::TargetGroup. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { changeTags, madeByStack, unlessGone } from "./stack-tags.ts";

type Properties = ResourceProperties["AWS::ElasticLoadBalancingV2::TargetGroup"];
type Request = ResourceRequest<Properties>;

const nameOf = (request: Request) => request.properties.Name ?? request.physicalName(32);

async function made(call: Call, arn: string): Promise<Made> {
  const { TargetGroups } = await call("elbv2", "DescribeTargetGroups", { TargetGroupArns: [arn] });
  const found = TargetGroups![0]!;
  return {
    physicalId: arn,
    attributes: {
      TargetGroupArn: arn,
      TargetGroupName: found.TargetGroupName!,
      TargetGroupFullName: arn.slice(arn.lastIndexOf(":") + 1),
      LoadBalancerArns: found.LoadBalancerArns ?? [],
    },
  };
}

function healthOf({
  HealthCheckEnabled,
  HealthCheckIntervalSeconds,
  HealthCheckPath,
  HealthCheckPort,
  HealthCheckProtocol,
  HealthCheckTimeoutSeconds,
  HealthyThresholdCount,
  Matcher,
  UnhealthyThresholdCount,
}: Properties): Partial<Input<"elbv2", "CreateTargetGroup">> {
  const all = {
    HealthCheckEnabled,
    HealthCheckIntervalSeconds,
    HealthCheckPath,
    HealthCheckPort,
    HealthCheckProtocol,
    HealthCheckTimeoutSeconds,
    HealthyThresholdCount,
    Matcher,
    UnhealthyThresholdCount,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Partial<Input<"elbv2", "CreateTargetGroup">>;
}

/** Attributes and targets, which have calls of their own. */
async function complete({ call, properties }: Request, arn: string): Promise<void> {
  const attributes = (properties.TargetGroupAttributes ?? []).map(({ Key = "", Value = "" }) => ({ Key, Value }));
  if (attributes.length > 0) await call("elbv2", "ModifyTargetGroupAttributes", { TargetGroupArn: arn, Attributes: attributes });
  const targets = targetsOf(properties);
  if (targets.length > 0) await call("elbv2", "RegisterTargets", { TargetGroupArn: arn, Targets: targets });
}

const targetsOf = ({ Targets = [] }: Properties) =>
  Targets.map(({ Id, Port, AvailabilityZone }) => ({
    Id,
    ...(Port !== undefined && { Port }),
    ...(AvailabilityZone !== undefined && { AvailabilityZone }),
  }));

export const targetGroup = resource("AWS::ElasticLoadBalancingV2::TargetGroup", {
  coverage: {
    real: [
      "HealthCheckEnabled",
      "HealthCheckIntervalSeconds",
      "HealthCheckPath",
      "HealthCheckPort",
      "HealthCheckProtocol",
      "HealthCheckTimeoutSeconds",
      "HealthyThresholdCount",
      "Matcher",
      "Name",
      "Port",
      "Protocol",
      "ProtocolVersion",
      "Tags",
      "TargetGroupAttributes",
      "TargetType",
      "Targets",
      "UnhealthyThresholdCount",
      "VpcId",
    ],
    recorded: ["IpAddressType"],
    refused: {
      "Matcher.GrpcCode": "gRPC is not served",
      TargetControlPort: "there is no target optimizer",
      "Targets.QuicServerId": "it is of network load balancers",
    },
    note: "Targets are addresses of tasks, or loopback addresses of programs on this machine. There are no instances to register.",
  },
  async create(request) {
    const { properties, call } = request;
    const tags = splitTags(request.tags, properties.Tags);
    const { TargetGroups } = await call(
      "elbv2",
      "CreateTargetGroup",
      withSystemTags(
        {
          Name: nameOf(request),
          ...(properties.Port !== undefined && { Port: properties.Port }),
          ...(properties.Protocol !== undefined && { Protocol: properties.Protocol as "HTTP" }),
          ...(properties.ProtocolVersion !== undefined && { ProtocolVersion: properties.ProtocolVersion }),
          ...(properties.VpcId !== undefined && { VpcId: properties.VpcId }),
          ...(properties.TargetType !== undefined && { TargetType: properties.TargetType as "ip" }),
          ...(properties.IpAddressType !== undefined && { IpAddressType: properties.IpAddressType as "ipv4" }),
          ...healthOf(properties),
          ...(tags.own.length > 0 && { Tags: tags.own }),
        },
        tags.system,
      ),
    );
    const arn = TargetGroups![0]!.TargetGroupArn!;
    try {
      await complete(request, arn);
    } catch (error) {
      throw new MadeInPart(arn, error);
    }
    return made(call, arn);
  },
  async update(request) {
    const { properties, previous, call, physicalId: arn } = request;
    await call("elbv2", "ModifyTargetGroup", { TargetGroupArn: arn, ...healthOf(properties) });
    const kept = targetsOf(properties).map((target) => JSON.stringify(target));
    const gone = targetsOf(previous).filter((target) => !kept.includes(JSON.stringify(target)));
    if (gone.length > 0) await call("elbv2", "DeregisterTargets", { TargetGroupArn: arn, Targets: gone });
    await complete(request, arn);
    await changeTags(request, arn);
    return made(call, arn);
  },
  async delete({ call, physicalId }) {
    await call("elbv2", "DeleteTargetGroup", { TargetGroupArn: physicalId });
  },
  async find(request) {
    const found = await request.call("elbv2", "DescribeTargetGroups", { Names: [nameOf(request)] }).catch(unlessGone);
    const arn = found?.TargetGroups?.[0]?.TargetGroupArn;
    if (arn === undefined || !(await madeByStack(request, arn))) return undefined;
    await complete(request, arn);
    return made(request.call, arn);
  },
});
