/** AWS::ElasticLoadBalancingV2::LoadBalancer. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { changeTags, madeByStack } from "./stack-tags.ts";

type Properties = ResourceProperties["AWS::ElasticLoadBalancingV2::LoadBalancer"];
type Request = ResourceRequest<Properties>;

const nameOf = (request: Request) => request.properties.Name ?? request.physicalName(32);

async function made(call: Call, arn: string): Promise<Made> {
  const { LoadBalancers } = await call("elbv2", "DescribeLoadBalancers", { LoadBalancerArns: [arn] });
  const found = LoadBalancers![0]!;
  return {
    physicalId: arn,
    attributes: {
      LoadBalancerArn: arn,
      DNSName: found.DNSName!,
      CanonicalHostedZoneID: found.CanonicalHostedZoneId!,
      LoadBalancerName: found.LoadBalancerName!,
      LoadBalancerFullName: arn.slice(arn.indexOf(":loadbalancer/") + ":loadbalancer/".length),
      SecurityGroups: found.SecurityGroups ?? [],
    },
  };
}

const given = (list: Properties["LoadBalancerAttributes"]) => (list ?? []).map(({ Key = "", Value = "" }) => ({ Key, Value }));

export const loadBalancer = resource("AWS::ElasticLoadBalancingV2::LoadBalancer", {
  coverage: {
    real: ["LoadBalancerAttributes", "Name", "SecurityGroups", "Subnets", "Tags", "Type", "SubnetMappings"],
    recorded: ["IpAddressType", "Scheme", "SubnetMappings.IPv6Address"],
    refused: {
      EnableCapacityReservationProvisionStabilize: "there is no capacity to reserve",
      EnablePrefixForIpv6SourceNat: "it is of network load balancers",
      EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: "it is of network load balancers",
      Ipv4IpamPoolId: "address pools of IPAM are not served",
      MinimumLoadBalancerCapacity: "there is no capacity to reserve",
      "SubnetMappings.AllocationId": "it is of network load balancers",
      "SubnetMappings.PrivateIPv4Address": "it is of network load balancers",
      "SubnetMappings.SourceNatIpv6Prefix": "it is of network load balancers",
    },
    note: "Application load balancers only. `DNSName` is a loopback address, so that it can be called from this machine (decision 0023). Security groups are kept, not enforced.",
  },
  async create(request) {
    const { properties, call } = request;
    const tags = splitTags(request.tags, properties.Tags);
    const { LoadBalancers } = await call(
      "elbv2",
      "CreateLoadBalancer",
      withSystemTags(
        {
          Name: nameOf(request),
          ...(properties.Scheme !== undefined && { Scheme: properties.Scheme as "internal" }),
          ...(properties.Type !== undefined && { Type: properties.Type as "application" }),
          ...(properties.IpAddressType !== undefined && { IpAddressType: properties.IpAddressType as "ipv4" }),
          ...(properties.Subnets && { Subnets: properties.Subnets }),
          ...(properties.SubnetMappings && { SubnetMappings: properties.SubnetMappings.map(({ SubnetId }) => ({ SubnetId })) }),
          ...(properties.SecurityGroups && { SecurityGroups: properties.SecurityGroups }),
          ...(tags.own.length > 0 && { Tags: tags.own }),
        },
        tags.system,
      ),
    );
    const arn = LoadBalancers![0]!.LoadBalancerArn!;
    try {
      const attributes = given(properties.LoadBalancerAttributes);
      if (attributes.length > 0) await call("elbv2", "ModifyLoadBalancerAttributes", { LoadBalancerArn: arn, Attributes: attributes });
    } catch (error) {
      throw new MadeInPart(arn, error);
    }
    return made(call, arn);
  },
  async update(request) {
    const { properties, previous, call, physicalId: LoadBalancerArn } = request;
    const differs = (key: keyof Properties) => JSON.stringify(properties[key]) !== JSON.stringify(previous[key]);
    if (differs("Subnets") || differs("SubnetMappings"))
      await call("elbv2", "SetSubnets", {
        LoadBalancerArn,
        Subnets: properties.Subnets ?? properties.SubnetMappings?.map(({ SubnetId }) => SubnetId) ?? [],
      });
    if (differs("SecurityGroups") && properties.SecurityGroups)
      await call("elbv2", "SetSecurityGroups", { LoadBalancerArn, SecurityGroups: properties.SecurityGroups });
    if (differs("IpAddressType") && properties.IpAddressType !== undefined)
      await call("elbv2", "SetIpAddressType", { LoadBalancerArn, IpAddressType: properties.IpAddressType as "ipv4" });
    if (differs("LoadBalancerAttributes")) {
      // As on AWS: what is no longer named stays as it is.
      const attributes = given(properties.LoadBalancerAttributes);
      if (attributes.length > 0) await call("elbv2", "ModifyLoadBalancerAttributes", { LoadBalancerArn, Attributes: attributes });
    }
    await changeTags(request, LoadBalancerArn);
    return made(call, LoadBalancerArn);
  },
  async delete({ call, physicalId }) {
    await call("elbv2", "DeleteLoadBalancer", { LoadBalancerArn: physicalId });
  },
  async find(request) {
    const { LoadBalancers = [] } = await request
      .call("elbv2", "DescribeLoadBalancers", { Names: [nameOf(request)] })
      .catch((error: unknown) => {
        if (error instanceof AwsError && error.code === "LoadBalancerNotFound") return { LoadBalancers: [] };
        throw error;
      });
    const arn = LoadBalancers[0]?.LoadBalancerArn;
    if (arn === undefined || !(await madeByStack(request, arn))) return undefined;
    const attributes = given(request.properties.LoadBalancerAttributes);
    if (attributes.length > 0)
      await request.call("elbv2", "ModifyLoadBalancerAttributes", { LoadBalancerArn: arn, Attributes: attributes });
    return made(request.call, arn);
  },
});
