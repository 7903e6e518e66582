/** AWS WAF in the embedded cloud. README.md says what is real, recorded and refused. */
import type { Cloud } from "../../cloud.ts";
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { arnFor, type Kind, type Scope } from "./items.ts";
import { forgetMetrics, publish, metrics } from "./metrics.ts";
import * as associations from "./operations/associations.ts";
import * as logging from "./operations/logging.ts";
import * as managed from "./operations/managedGroups.ts";
import * as groups from "./operations/ruleGroups.ts";
import * as sets from "./operations/sets.ts";
import * as tags from "./operations/tags.ts";
import * as traffic from "./operations/traffic.ts";
import * as acls from "./operations/webAcls.ts";
import { associations as kept, startFirewalls, takeAway } from "./placement.ts";
import { forgetCounters } from "./references.ts";
import { forgetLog, stopLog } from "./request-log.ts";
import { ipSet } from "./resources/IPSet.ts";
import { loggingConfiguration } from "./resources/LoggingConfiguration.ts";
import { regexPatternSet } from "./resources/RegexPatternSet.ts";
import { ruleGroup } from "./resources/RuleGroup.ts";
import { webAcl } from "./resources/WebACL.ts";
import { webAclAssociation } from "./resources/WebACLAssociation.ts";
import { forgetSamples } from "./samples.ts";
import { readers } from "./resources/readers.ts";

interface Named {
  Name?: string | undefined;
  Scope?: string | undefined;
  Id?: string | undefined;
  ARN?: string | undefined;
}

/** On the thing of that name; one that is being made has no id yet. */
const onItem =
  (action: string, kind: Kind) =>
  ({ Name = "*", Scope: scope = "REGIONAL", Id = "*", ARN }: Named, context: OperationContext): Authorization[] => [
    { action: `wafv2:${action}`, resource: ARN ?? arnFor(context, kind, scope as Scope, Name, Id) },
  ];

const onArns =
  <Member extends string>(action: string, ...members: Member[]) =>
  (input: { [M in Member]?: string | undefined }): Authorization[] =>
    members.map((member) => ({ action: `wafv2:${action}`, resource: input[member] ?? "*" }));

async function stop(cloud: Cloud): Promise<void> {
  await metrics.stop(cloud);
  await stopLog(cloud);
  await publish(cloud);
}

async function reset(cloud: Cloud): Promise<void> {
  await metrics.stop(cloud);
  for (const { value } of kept(cloud).all()) takeAway(cloud, value.resourceArn);
  forgetCounters(cloud);
  forgetSamples(cloud);
  forgetMetrics(cloud);
  forgetLog(cloud);
}

export const wafv2 = defineService({
  id: "wafv2",
  operations: {
    CreateWebACL: acls.createWebAcl,
    GetWebACL: acls.getWebAcl,
    UpdateWebACL: acls.updateWebAcl,
    DeleteWebACL: acls.deleteWebAcl,
    ListWebACLs: acls.listWebAcls,
    CheckCapacity: acls.checkCapacity,
    CreateIPSet: sets.createIpSet,
    GetIPSet: sets.getIpSet,
    UpdateIPSet: sets.updateIpSet,
    DeleteIPSet: sets.deleteIpSet,
    ListIPSets: sets.listIpSets,
    CreateRegexPatternSet: sets.createRegexPatternSet,
    GetRegexPatternSet: sets.getRegexPatternSet,
    UpdateRegexPatternSet: sets.updateRegexPatternSet,
    DeleteRegexPatternSet: sets.deleteRegexPatternSet,
    ListRegexPatternSets: sets.listRegexPatternSets,
    CreateRuleGroup: groups.createRuleGroup,
    GetRuleGroup: groups.getRuleGroup,
    UpdateRuleGroup: groups.updateRuleGroup,
    DeleteRuleGroup: groups.deleteRuleGroup,
    ListRuleGroups: groups.listRuleGroups,
    AssociateWebACL: associations.associateWebAcl,
    DisassociateWebACL: associations.disassociateWebAcl,
    GetWebACLForResource: associations.getWebAclForResource,
    ListResourcesForWebACL: associations.listResourcesForWebAcl,
    PutLoggingConfiguration: logging.putLoggingConfiguration,
    GetLoggingConfiguration: logging.getLoggingConfiguration,
    DeleteLoggingConfiguration: logging.deleteLoggingConfiguration,
    ListLoggingConfigurations: logging.listLoggingConfigurations,
    GetSampledRequests: traffic.getSampledRequests,
    GetRateBasedStatementManagedKeys: traffic.getRateBasedStatementManagedKeys,
    ListAvailableManagedRuleGroups: managed.listAvailableManagedRuleGroups,
    ListAvailableManagedRuleGroupVersions: managed.listAvailableManagedRuleGroupVersions,
    DescribeManagedRuleGroup: managed.describeManagedRuleGroup,
    DescribeAllManagedProducts: managed.describeAllManagedProducts,
    DescribeManagedProductsByVendor: managed.describeManagedProductsByVendor,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    ListTagsForResource: tags.listTagsForResource,
    PutPermissionPolicy: tags.putPermissionPolicy,
    GetPermissionPolicy: tags.getPermissionPolicy,
    DeletePermissionPolicy: tags.deletePermissionPolicy,
  },
  authorize: {
    CreateWebACL: onItem("CreateWebACL", "webacl"),
    GetWebACL: onItem("GetWebACL", "webacl"),
    UpdateWebACL: onItem("UpdateWebACL", "webacl"),
    DeleteWebACL: onItem("DeleteWebACL", "webacl"),
    CreateIPSet: onItem("CreateIPSet", "ipset"),
    GetIPSet: onItem("GetIPSet", "ipset"),
    UpdateIPSet: onItem("UpdateIPSet", "ipset"),
    DeleteIPSet: onItem("DeleteIPSet", "ipset"),
    CreateRegexPatternSet: onItem("CreateRegexPatternSet", "regexpatternset"),
    GetRegexPatternSet: onItem("GetRegexPatternSet", "regexpatternset"),
    UpdateRegexPatternSet: onItem("UpdateRegexPatternSet", "regexpatternset"),
    DeleteRegexPatternSet: onItem("DeleteRegexPatternSet", "regexpatternset"),
    CreateRuleGroup: onItem("CreateRuleGroup", "rulegroup"),
    GetRuleGroup: onItem("GetRuleGroup", "rulegroup"),
    UpdateRuleGroup: onItem("UpdateRuleGroup", "rulegroup"),
    DeleteRuleGroup: onItem("DeleteRuleGroup", "rulegroup"),
    AssociateWebACL: onArns("AssociateWebACL", "WebACLArn", "ResourceArn"),
    DisassociateWebACL: onArns("DisassociateWebACL", "ResourceArn"),
    GetWebACLForResource: onArns("GetWebACLForResource", "ResourceArn"),
    ListResourcesForWebACL: onArns("ListResourcesForWebACL", "WebACLArn"),
    PutLoggingConfiguration: ({ LoggingConfiguration }) => [
      { action: "wafv2:PutLoggingConfiguration", resource: LoggingConfiguration?.ResourceArn ?? "*" },
    ],
    GetLoggingConfiguration: onArns("GetLoggingConfiguration", "ResourceArn"),
    DeleteLoggingConfiguration: onArns("DeleteLoggingConfiguration", "ResourceArn"),
    GetSampledRequests: onArns("GetSampledRequests", "WebAclArn"),
    GetRateBasedStatementManagedKeys: ({ WebACLName, WebACLId, Scope: scope }, context) =>
      onItem("GetRateBasedStatementManagedKeys", "webacl")({ Name: WebACLName, Id: WebACLId, Scope: scope }, context),
    TagResource: onArns("TagResource", "ResourceARN"),
    UntagResource: onArns("UntagResource", "ResourceARN"),
    ListTagsForResource: onArns("ListTagsForResource", "ResourceARN"),
    PutPermissionPolicy: onArns("PutPermissionPolicy", "ResourceArn"),
    GetPermissionPolicy: onArns("GetPermissionPolicy", "ResourceArn"),
    DeletePermissionPolicy: onArns("DeletePermissionPolicy", "ResourceArn"),
  },
  readers,
  resources: {
    "AWS::WAFv2::WebACL": webAcl,
    "AWS::WAFv2::IPSet": ipSet,
    "AWS::WAFv2::RegexPatternSet": regexPatternSet,
    "AWS::WAFv2::RuleGroup": ruleGroup,
    "AWS::WAFv2::WebACLAssociation": webAclAssociation,
    "AWS::WAFv2::LoggingConfiguration": loggingConfiguration,
  },
  async start(cloud) {
    await startFirewalls(cloud);
    metrics.start(cloud);
  },
  stop,
  reset,
});
