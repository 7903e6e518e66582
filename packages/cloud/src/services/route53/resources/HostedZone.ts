/** AWS::Route53::HostedZone. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { retag } from "./zone-tags.ts";

type Properties = ResourceProperties["AWS::Route53::HostedZone"];

export const hostedZone = resource("AWS::Route53::HostedZone", {
  coverage: {
    real: ["HostedZoneConfig", "HostedZoneTags", "Name", "VPCs"],
    recorded: ["QueryLoggingConfig"],
    refused: { HostedZoneFeatures: "accelerated recovery is not served" },
    note: "Answered by the DNS server on loopback, private zones too: this machine stands inside every VPC.",
  },
  async create(request) {
    const { properties, call, token } = request;
    const { Name, HostedZoneConfig, VPCs: [first, ...others] = [] } = properties;
    const { HostedZone } = await call(
      "route53",
      "CreateHostedZone",
      withSystemTags(
        {
          Name: Name!,
          CallerReference: token,
          ...(HostedZoneConfig && { HostedZoneConfig: { Comment: HostedZoneConfig.Comment } }),
          ...(first && { VPC: first }),
        } as never,
        splitTags(request.tags, properties.HostedZoneTags).system,
      ),
    );
    const id = HostedZone!.Id!.replace("/hostedzone/", "");
    try {
      for (const VPC of others) await call("route53", "AssociateVPCWithHostedZone", { HostedZoneId: id, VPC: VPC as never });
      await tagAndLog(request, id);
    } catch (error) {
      throw new MadeInPart(id, error);
    }
    return made(call, id);
  },
  async update(request) {
    const { properties, previous, physicalId: id, call } = request;
    const comment = properties.HostedZoneConfig?.Comment;
    if (comment !== previous.HostedZoneConfig?.Comment)
      await call("route53", "UpdateHostedZoneComment", { Id: id, ...(comment !== undefined && { Comment: comment }) });
    const has = (vpcs: Properties["VPCs"], vpc: { VPCId: string; VPCRegion: string }) =>
      (vpcs ?? []).some(({ VPCId, VPCRegion }) => VPCId === vpc.VPCId && VPCRegion === vpc.VPCRegion);
    for (const VPC of properties.VPCs ?? [])
      if (!has(previous.VPCs, VPC)) await call("route53", "AssociateVPCWithHostedZone", { HostedZoneId: id, VPC: VPC as never });
    for (const VPC of previous.VPCs ?? [])
      if (!has(properties.VPCs, VPC)) await call("route53", "DisassociateVPCFromHostedZone", { HostedZoneId: id, VPC: VPC as never });
    const group = properties.QueryLoggingConfig?.CloudWatchLogsLogGroupArn;
    if (group !== previous.QueryLoggingConfig?.CloudWatchLogsLogGroupArn) await removeLogs(call, id);
    await tagAndLog(request, id, previous);
    return made(call, id);
  },
  async delete({ physicalId: id, call }) {
    try {
      await removeLogs(call, id);
      await call("route53", "DeleteHostedZone", { Id: id });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "NoSuchHostedZone")) throw error;
    }
  },
  async find(request) {
    const { call, token } = request;
    for (let Marker: string | undefined; ;) {
      const page = await call("route53", "ListHostedZones", Marker === undefined ? {} : { Marker });
      const found = page.HostedZones?.find(({ CallerReference }) => CallerReference === token);
      if (found) {
        const id = found.Id!.replace("/hostedzone/", "");
        await tagAndLog(request, id);
        return made(call, id);
      }
      if (page.NextMarker === undefined) return undefined;
      Marker = page.NextMarker;
    }
  },
});

async function tagAndLog({ properties, tags, call }: ResourceRequest<Properties>, id: string, previous?: Properties): Promise<void> {
  await retag(call, "hostedzone", id, splitTags(tags, properties.HostedZoneTags).own, previous?.HostedZoneTags);
  const CloudWatchLogsLogGroupArn = properties.QueryLoggingConfig?.CloudWatchLogsLogGroupArn;
  if (CloudWatchLogsLogGroupArn === undefined) return;
  const { QueryLoggingConfigs = [] } = await call("route53", "ListQueryLoggingConfigs", { HostedZoneId: id });
  if (QueryLoggingConfigs.length === 0) await call("route53", "CreateQueryLoggingConfig", { HostedZoneId: id, CloudWatchLogsLogGroupArn });
}

async function removeLogs(call: Call, HostedZoneId: string): Promise<void> {
  const { QueryLoggingConfigs = [] } = await call("route53", "ListQueryLoggingConfigs", { HostedZoneId });
  for (const { Id } of QueryLoggingConfigs) await call("route53", "DeleteQueryLoggingConfig", { Id: Id! });
}

async function made(call: Call, id: string) {
  const { DelegationSet } = await call("route53", "GetHostedZone", { Id: id });
  return { physicalId: id, attributes: { Id: id, NameServers: DelegationSet?.NameServers ?? [] } };
}
