/** How web ACLs, what they are made of, and what they stand before are read again. */
import { exact, type Readers } from "../../../resource.ts";
import { partsOf } from "./named.ts";

export const readers: Readers = {
  "AWS::WAFv2::WebACL": async ({ call, physicalId }) => {
    const { WebACL } = await call("wafv2", "GetWebACL", partsOf(physicalId));
    return WebACL && { ...WebACL };
  },
  "AWS::WAFv2::RuleGroup": async ({ call, physicalId }) => {
    const { RuleGroup } = await call("wafv2", "GetRuleGroup", partsOf(physicalId));
    return RuleGroup && { ...RuleGroup };
  },
  "AWS::WAFv2::IPSet": async ({ call, physicalId }) => {
    const { IPSet } = await call("wafv2", "GetIPSet", partsOf(physicalId));
    return IPSet && { ...IPSet };
  },
  "AWS::WAFv2::RegexPatternSet": async ({ call, physicalId }) => {
    const { RegexPatternSet } = await call("wafv2", "GetRegexPatternSet", partsOf(physicalId));
    return (
      RegexPatternSet && {
        Description: RegexPatternSet.Description,
        RegularExpressionList: RegexPatternSet.RegularExpressionList?.map(({ RegexString }) => RegexString),
      }
    );
  },
  "AWS::WAFv2::WebACLAssociation": async ({ call, properties: { ResourceArn } }) => {
    const { WebACL } = await call("wafv2", "GetWebACLForResource", { ResourceArn });
    return WebACL && { ResourceArn, WebACLArn: WebACL.ARN };
  },
  "AWS::WAFv2::LoggingConfiguration": async ({ call, physicalId: ResourceArn }) => {
    const { LoggingConfiguration } = await call("wafv2", "GetLoggingConfiguration", { ResourceArn });
    return { ResourceArn, LogDestinationConfigs: exact(LoggingConfiguration!.LogDestinationConfigs ?? []) };
  },
};
