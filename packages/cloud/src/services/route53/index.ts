/** Route 53 in the embedded cloud. README.md says what is real, recorded and refused. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Change } from "@aws-sdk/client-route-53";
import type { Cloud } from "../../cloud.ts";
import { type Authorization, defineService } from "../../service.ts";
import { forgetOldChanges } from "./changes.ts";
import { dnsAddress, startDns, stopDns } from "./dns.ts";
import { stopHealthChecks, syncHealthChecks } from "./health.ts";
import { canonicalName } from "./names.ts";
import * as delegationSets from "./operations/delegation-sets.ts";
import * as healthChecks from "./operations/health-checks.ts";
import * as hostedZones from "./operations/hosted-zones.ts";
import * as limits from "./operations/limits.ts";
import * as queryLogs from "./operations/query-logs.ts";
import * as recordSets from "./operations/record-sets.ts";
import * as tags from "./operations/tags.ts";
import * as vpcAssociations from "./operations/vpc-associations.ts";
import * as zoneLists from "./operations/zone-lists.ts";
import { healthCheck } from "./resources/HealthCheck.ts";
import { hostedZone } from "./resources/HostedZone.ts";
import { recordSet } from "./resources/RecordSet.ts";
import { recordSetGroup } from "./resources/RecordSetGroup.ts";
import { bareId } from "./zones.ts";
import { readers } from "./resources/readers.ts";

const on = (action: string, kind: string, id: string | undefined): Authorization[] => [
  { action: `route53:${action}`, resource: id === undefined ? "*" : `arn:aws:route53:::${kind}/${bareId(id)}` },
];
const onZone =
  (action: string) =>
  ({ HostedZoneId }: { HostedZoneId?: string | undefined }) =>
    on(action, "hostedzone", HostedZoneId);
const onZoneId =
  (action: string) =>
  ({ Id }: { Id: string }) =>
    on(action, "hostedzone", Id);
const onCheck =
  (action: string) =>
  ({ HealthCheckId }: { HealthCheckId: string }) =>
    on(action, "healthcheck", HealthCheckId);
const onSet =
  (action: string) =>
  ({ Id }: { Id: string }) =>
    on(action, "delegationset", Id);
const onTagged =
  (action: string) =>
  ({ ResourceType, ResourceId }: { ResourceType: string; ResourceId: string }) =>
    on(action, ResourceType, ResourceId);

/** What policies may ask about a batch of changes. Source: Service Authorization Reference, "Amazon Route 53". */
function changeKeys({ Changes = [] }: { Changes?: readonly Change[] | undefined }): Record<string, string[]> {
  const of = (value: (change: Change) => string | undefined) => [...new Set(Changes.flatMap((change) => value(change) ?? []))];
  return {
    "route53:ChangeResourceRecordSetsActions": of(({ Action }) => Action),
    "route53:ChangeResourceRecordSetsNormalizedRecordNames": of(({ ResourceRecordSet }) => normalized(ResourceRecordSet?.Name)),
    "route53:ChangeResourceRecordSetsRecordTypes": of(({ ResourceRecordSet }) => ResourceRecordSet?.Type),
  };
}

/** In small letters, with escapes, without the dot at the end; one that is none is told of by the operation. */
function normalized(name = ""): string {
  try {
    return canonicalName(name).slice(0, -1);
  } catch {
    return name;
  }
}

/** `/_plinth/dns`: where the DNS server listens, as JSON. */
function serveAddress(_request: IncomingMessage, response: ServerResponse, cloud: Cloud): void {
  response.setHeader("Content-Type", "application/json");
  response.end(`${JSON.stringify(dnsAddress(cloud) ?? {})}\n`);
}

async function stop(cloud: Cloud): Promise<void> {
  stopHealthChecks(cloud);
  await stopDns(cloud);
}

export const route53 = defineService({
  id: "route53",
  operations: {
    AssociateVPCWithHostedZone: vpcAssociations.associateVpcWithHostedZone,
    ChangeResourceRecordSets: recordSets.changeResourceRecordSets,
    ChangeTagsForResource: tags.changeTagsForResource,
    CreateHealthCheck: healthChecks.createHealthCheck,
    CreateHostedZone: hostedZones.createHostedZone,
    CreateQueryLoggingConfig: queryLogs.createQueryLoggingConfig,
    CreateReusableDelegationSet: delegationSets.createReusableDelegationSet,
    CreateVPCAssociationAuthorization: vpcAssociations.createVpcAssociationAuthorization,
    DeleteHealthCheck: healthChecks.deleteHealthCheck,
    DeleteHostedZone: hostedZones.deleteHostedZone,
    DeleteQueryLoggingConfig: queryLogs.deleteQueryLoggingConfig,
    DeleteReusableDelegationSet: delegationSets.deleteReusableDelegationSet,
    DeleteVPCAssociationAuthorization: vpcAssociations.deleteVpcAssociationAuthorization,
    DisassociateVPCFromHostedZone: vpcAssociations.disassociateVpcFromHostedZone,
    GetAccountLimit: limits.getAccountLimit,
    GetChange: recordSets.getChange,
    GetDNSSEC: hostedZones.getDnssec,
    GetHealthCheck: healthChecks.getHealthCheck,
    GetHealthCheckCount: healthChecks.getHealthCheckCount,
    GetHealthCheckLastFailureReason: healthChecks.getHealthCheckLastFailureReason,
    GetHealthCheckStatus: healthChecks.getHealthCheckStatus,
    GetHostedZone: hostedZones.getHostedZone,
    GetHostedZoneCount: zoneLists.getHostedZoneCount,
    GetHostedZoneLimit: limits.getHostedZoneLimit,
    GetQueryLoggingConfig: queryLogs.getQueryLoggingConfig,
    GetReusableDelegationSet: delegationSets.getReusableDelegationSet,
    GetReusableDelegationSetLimit: delegationSets.getReusableDelegationSetLimit,
    ListHealthChecks: healthChecks.listHealthChecks,
    ListHostedZones: zoneLists.listHostedZones,
    ListHostedZonesByName: zoneLists.listHostedZonesByName,
    ListHostedZonesByVPC: zoneLists.listHostedZonesByVpc,
    ListQueryLoggingConfigs: queryLogs.listQueryLoggingConfigs,
    ListResourceRecordSets: recordSets.listResourceRecordSets,
    ListReusableDelegationSets: delegationSets.listReusableDelegationSets,
    ListTagsForResource: tags.listTagsForResource,
    ListTagsForResources: tags.listTagsForResources,
    ListVPCAssociationAuthorizations: vpcAssociations.listVpcAssociationAuthorizations,
    TestDNSAnswer: recordSets.testDnsAnswer,
    UpdateHealthCheck: healthChecks.updateHealthCheck,
    UpdateHostedZoneComment: hostedZones.updateHostedZoneComment,
  },
  authorize: {
    AssociateVPCWithHostedZone: onZone("AssociateVPCWithHostedZone"),
    ChangeResourceRecordSets: ({ HostedZoneId, ChangeBatch }) => [
      {
        action: "route53:ChangeResourceRecordSets",
        resource: `arn:aws:route53:::hostedzone/${bareId(HostedZoneId)}`,
        conditions: changeKeys(ChangeBatch),
      },
    ],
    ChangeTagsForResource: onTagged("ChangeTagsForResource"),
    CreateQueryLoggingConfig: onZone("CreateQueryLoggingConfig"),
    CreateVPCAssociationAuthorization: onZone("CreateVPCAssociationAuthorization"),
    DeleteHealthCheck: onCheck("DeleteHealthCheck"),
    DeleteHostedZone: onZoneId("DeleteHostedZone"),
    DeleteQueryLoggingConfig: ({ Id }) => on("DeleteQueryLoggingConfig", "queryloggingconfig", Id),
    DeleteReusableDelegationSet: onSet("DeleteReusableDelegationSet"),
    DeleteVPCAssociationAuthorization: onZone("DeleteVPCAssociationAuthorization"),
    DisassociateVPCFromHostedZone: onZone("DisassociateVPCFromHostedZone"),
    GetChange: ({ Id }) => on("GetChange", "change", Id),
    GetDNSSEC: onZone("GetDNSSEC"),
    GetHealthCheck: onCheck("GetHealthCheck"),
    GetHealthCheckLastFailureReason: onCheck("GetHealthCheckLastFailureReason"),
    GetHealthCheckStatus: onCheck("GetHealthCheckStatus"),
    GetHostedZone: onZoneId("GetHostedZone"),
    GetHostedZoneLimit: onZone("GetHostedZoneLimit"),
    GetQueryLoggingConfig: ({ Id }) => on("GetQueryLoggingConfig", "queryloggingconfig", Id),
    GetReusableDelegationSet: onSet("GetReusableDelegationSet"),
    ListResourceRecordSets: onZone("ListResourceRecordSets"),
    ListTagsForResource: onTagged("ListTagsForResource"),
    ListTagsForResources: ({ ResourceType, ResourceIds }) => ResourceIds.flatMap((id) => on("ListTagsForResources", ResourceType, id)),
    ListVPCAssociationAuthorizations: onZone("ListVPCAssociationAuthorizations"),
    UpdateHealthCheck: onCheck("UpdateHealthCheck"),
    UpdateHostedZoneComment: onZoneId("UpdateHostedZoneComment"),
  },
  readers,
  resources: {
    "AWS::Route53::HealthCheck": healthCheck,
    "AWS::Route53::HostedZone": hostedZone,
    "AWS::Route53::RecordSet": recordSet,
    "AWS::Route53::RecordSetGroup": recordSetGroup,
  },
  routes: { dns: serveAddress },
  async start(cloud) {
    forgetOldChanges(cloud);
    await startDns(cloud);
    syncHealthChecks(cloud);
  },
  stop,
  reset: stop,
});
