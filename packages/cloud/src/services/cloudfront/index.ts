/** Amazon CloudFront in the embedded cloud. README.md says what is real, recorded and refused. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cloud } from "../../cloud.ts";
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { metrics } from "./metrics.ts";
import * as cachePolicies from "./operations/cache-policies.ts";
import * as distributions from "./operations/distributions.ts";
import * as functions from "./operations/functions.ts";
import * as invalidations from "./operations/invalidations.ts";
import * as access from "./operations/origin-access.ts";
import * as originRequestPolicies from "./operations/origin-request-policies.ts";
import * as responseHeadersPolicies from "./operations/response-headers-policies.ts";
import * as tags from "./operations/tags.ts";
import { cachePolicy } from "./resources/CachePolicy.ts";
import { distribution } from "./resources/Distribution.ts";
import { edgeFunction } from "./resources/Function.ts";
import { originAccessControl } from "./resources/OriginAccessControl.ts";
import { originAccessIdentity } from "./resources/OriginAccessIdentity.ts";
import { originRequestPolicy } from "./resources/OriginRequestPolicy.ts";
import { readers } from "./resources/readers.ts";
import { responseHeadersPolicy } from "./resources/ResponseHeadersPolicy.ts";
import { startPlane, stopPlane } from "./plane.ts";
import { distributions as records, everywhere } from "./records.ts";

const onId =
  (action: string, kind: string) =>
  ({ Id }: { Id: string }, { account }: OperationContext): Authorization[] => [
    { action: `cloudfront:${action}`, resource: `arn:aws:cloudfront::${account}:${kind}/${Id}` },
  ];
const onFunction =
  (action: string) =>
  ({ Name }: { Name: string }, { account }: OperationContext): Authorization[] => [
    { action: `cloudfront:${action}`, resource: `arn:aws:cloudfront::${account}:function/${Name}` },
  ];
const onDistribution =
  (action: string) =>
  ({ DistributionId }: { DistributionId: string }, { account }: OperationContext): Authorization[] => [
    { action: `cloudfront:${action}`, resource: `arn:aws:cloudfront::${account}:distribution/${DistributionId}` },
  ];
const onArn =
  (action: string) =>
  ({ Resource }: { Resource: string }): Authorization[] => [{ action: `cloudfront:${action}`, resource: Resource }];

/** `/_plinth/distributions`: where each listens, as JSON. */
function serveList(_request: IncomingMessage, response: ServerResponse, cloud: Cloud): void {
  response.setHeader("Content-Type", "application/json");
  const list = records(cloud)
    .list(everywhere)
    .map(({ id, address, ports, entryPort, domainName, config }) => ({
      id,
      enabled: config.Enabled === true,
      domainName,
      aliases: config.Aliases?.Items ?? [],
      http: `http://${address}:${entryPort ?? ports.http}`,
      https: `https://${address}:${entryPort ?? ports.https}`,
    }));
  response.end(`${JSON.stringify(list)}\n`);
}

export const cloudfront = defineService({
  id: "cloudfront",
  operations: {
    CreateCachePolicy: cachePolicies.createCachePolicy,
    CreateCloudFrontOriginAccessIdentity: access.createIdentity,
    CreateDistribution: distributions.createDistribution,
    CreateDistributionWithTags: distributions.createDistributionWithTags,
    CreateFunction: functions.createFunction,
    CreateInvalidation: invalidations.createInvalidation,
    CreateOriginAccessControl: access.createOriginAccessControl,
    CreateOriginRequestPolicy: originRequestPolicies.createOriginRequestPolicy,
    CreateResponseHeadersPolicy: responseHeadersPolicies.createResponseHeadersPolicy,
    DeleteCachePolicy: cachePolicies.deleteCachePolicy,
    DeleteCloudFrontOriginAccessIdentity: access.deleteIdentity,
    DeleteDistribution: distributions.deleteDistribution,
    DeleteFunction: functions.deleteFunction,
    DeleteOriginAccessControl: access.deleteOriginAccessControl,
    DeleteOriginRequestPolicy: originRequestPolicies.deleteOriginRequestPolicy,
    DeleteResponseHeadersPolicy: responseHeadersPolicies.deleteResponseHeadersPolicy,
    DescribeFunction: functions.describeFunction,
    GetCachePolicy: cachePolicies.getCachePolicy,
    GetCachePolicyConfig: cachePolicies.getCachePolicyConfig,
    GetCloudFrontOriginAccessIdentity: access.getIdentity,
    GetCloudFrontOriginAccessIdentityConfig: access.getIdentityConfig,
    GetDistribution: distributions.getDistribution,
    GetDistributionConfig: distributions.getDistributionConfig,
    GetFunction: functions.getFunction,
    GetInvalidation: invalidations.getInvalidation,
    GetOriginAccessControl: access.getOriginAccessControl,
    GetOriginAccessControlConfig: access.getOriginAccessControlConfig,
    GetOriginRequestPolicy: originRequestPolicies.getOriginRequestPolicy,
    GetOriginRequestPolicyConfig: originRequestPolicies.getOriginRequestPolicyConfig,
    GetResponseHeadersPolicy: responseHeadersPolicies.getResponseHeadersPolicy,
    GetResponseHeadersPolicyConfig: responseHeadersPolicies.getResponseHeadersPolicyConfig,
    ListCachePolicies: cachePolicies.listCachePolicies,
    ListCloudFrontOriginAccessIdentities: access.listIdentities,
    ListDistributions: distributions.listDistributions,
    ListDistributionsByCachePolicyId: distributions.listDistributionsByCachePolicyId,
    ListDistributionsByOriginRequestPolicyId: distributions.listDistributionsByOriginRequestPolicyId,
    ListDistributionsByResponseHeadersPolicyId: distributions.listDistributionsByResponseHeadersPolicyId,
    ListDistributionsByWebACLId: distributions.listDistributionsByWebAclId,
    ListFunctions: functions.listFunctions,
    ListInvalidations: invalidations.listInvalidations,
    ListOriginAccessControls: access.listOriginAccessControls,
    ListOriginRequestPolicies: originRequestPolicies.listOriginRequestPolicies,
    ListResponseHeadersPolicies: responseHeadersPolicies.listResponseHeadersPolicies,
    ListTagsForResource: tags.listTagsForResource,
    PublishFunction: functions.publishFunction,
    TagResource: tags.tagResource,
    TestFunction: functions.testFunction,
    UntagResource: tags.untagResource,
    UpdateCachePolicy: cachePolicies.updateCachePolicy,
    UpdateCloudFrontOriginAccessIdentity: access.updateIdentity,
    UpdateDistribution: distributions.updateDistribution,
    UpdateFunction: functions.updateFunction,
    UpdateOriginAccessControl: access.updateOriginAccessControl,
    UpdateOriginRequestPolicy: originRequestPolicies.updateOriginRequestPolicy,
    UpdateResponseHeadersPolicy: responseHeadersPolicies.updateResponseHeadersPolicy,
  },
  authorize: {
    CreateDistributionWithTags: (_input, { account }) =>
      ["CreateDistribution", "TagResource"].map((action) => ({
        action: `cloudfront:${action}`,
        resource: `arn:aws:cloudfront::${account}:distribution/*`,
      })),
    CreateDistribution: (_input, { account }) => [
      { action: "cloudfront:CreateDistribution", resource: `arn:aws:cloudfront::${account}:distribution/*` },
    ],
    CreateFunction: onFunction("CreateFunction"),
    CreateInvalidation: onDistribution("CreateInvalidation"),
    DeleteCachePolicy: onId("DeleteCachePolicy", "cache-policy"),
    DeleteCloudFrontOriginAccessIdentity: onId("DeleteCloudFrontOriginAccessIdentity", "origin-access-identity"),
    DeleteDistribution: onId("DeleteDistribution", "distribution"),
    DeleteFunction: onFunction("DeleteFunction"),
    DeleteOriginAccessControl: onId("DeleteOriginAccessControl", "origin-access-control"),
    DeleteOriginRequestPolicy: onId("DeleteOriginRequestPolicy", "origin-request-policy"),
    DeleteResponseHeadersPolicy: onId("DeleteResponseHeadersPolicy", "response-headers-policy"),
    DescribeFunction: onFunction("DescribeFunction"),
    GetCachePolicy: onId("GetCachePolicy", "cache-policy"),
    GetCachePolicyConfig: onId("GetCachePolicyConfig", "cache-policy"),
    GetCloudFrontOriginAccessIdentity: onId("GetCloudFrontOriginAccessIdentity", "origin-access-identity"),
    GetCloudFrontOriginAccessIdentityConfig: onId("GetCloudFrontOriginAccessIdentityConfig", "origin-access-identity"),
    GetDistribution: onId("GetDistribution", "distribution"),
    GetDistributionConfig: onId("GetDistributionConfig", "distribution"),
    GetFunction: onFunction("GetFunction"),
    GetInvalidation: onDistribution("GetInvalidation"),
    GetOriginAccessControl: onId("GetOriginAccessControl", "origin-access-control"),
    GetOriginAccessControlConfig: onId("GetOriginAccessControlConfig", "origin-access-control"),
    GetOriginRequestPolicy: onId("GetOriginRequestPolicy", "origin-request-policy"),
    GetOriginRequestPolicyConfig: onId("GetOriginRequestPolicyConfig", "origin-request-policy"),
    GetResponseHeadersPolicy: onId("GetResponseHeadersPolicy", "response-headers-policy"),
    GetResponseHeadersPolicyConfig: onId("GetResponseHeadersPolicyConfig", "response-headers-policy"),
    ListInvalidations: onDistribution("ListInvalidations"),
    ListTagsForResource: onArn("ListTagsForResource"),
    PublishFunction: onFunction("PublishFunction"),
    TagResource: onArn("TagResource"),
    TestFunction: onFunction("TestFunction"),
    UntagResource: onArn("UntagResource"),
    UpdateCachePolicy: onId("UpdateCachePolicy", "cache-policy"),
    UpdateCloudFrontOriginAccessIdentity: onId("UpdateCloudFrontOriginAccessIdentity", "origin-access-identity"),
    UpdateDistribution: onId("UpdateDistribution", "distribution"),
    UpdateFunction: onFunction("UpdateFunction"),
    UpdateOriginAccessControl: onId("UpdateOriginAccessControl", "origin-access-control"),
    UpdateOriginRequestPolicy: onId("UpdateOriginRequestPolicy", "origin-request-policy"),
    UpdateResponseHeadersPolicy: onId("UpdateResponseHeadersPolicy", "response-headers-policy"),
  },
  readers,
  resources: {
    "AWS::CloudFront::CachePolicy": cachePolicy,
    "AWS::CloudFront::CloudFrontOriginAccessIdentity": originAccessIdentity,
    "AWS::CloudFront::Distribution": distribution,
    "AWS::CloudFront::Function": edgeFunction,
    "AWS::CloudFront::OriginAccessControl": originAccessControl,
    "AWS::CloudFront::OriginRequestPolicy": originRequestPolicy,
    "AWS::CloudFront::ResponseHeadersPolicy": responseHeadersPolicy,
  },
  routes: { distributions: serveList },
  async start(cloud) {
    await startPlane(cloud);
    metrics.start(cloud);
  },
  async stop(cloud) {
    await metrics.stop(cloud);
    await stopPlane(cloud, { writeLogs: true });
  },
  async reset(cloud) {
    await metrics.stop(cloud);
    await stopPlane(cloud, { writeLogs: false });
  },
});
