/** The ways in: load balancers, firewalls, distributions, names and certificates. */
import { of, network, type PermissionsByType } from "./actions.ts";

const elbTags = of("elasticloadbalancing", "AddTags", "RemoveTags", "DescribeTags");

export const entryPermissions: PermissionsByType = {
  "AWS::CertificateManager::Certificate": [
    ...of(
      "acm",
      "RequestCertificate",
      "DeleteCertificate",
      "DescribeCertificate",
      "AddTagsToCertificate",
      "RemoveTagsFromCertificate",
      "ListTagsForCertificate",
      "UpdateCertificateOptions",
    ),
    ...of("route53", "ChangeResourceRecordSets", "GetChange", "GetHostedZone", "ListResourceRecordSets"),
  ],
  "AWS::CloudFront::Distribution": of(
    "cloudfront",
    "CreateDistribution",
    "DeleteDistribution",
    "GetDistribution",
    "GetDistributionConfig",
    "UpdateDistribution",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  "AWS::CloudFront::OriginAccessControl": of(
    "cloudfront",
    "CreateOriginAccessControl",
    "DeleteOriginAccessControl",
    "GetOriginAccessControl",
    "UpdateOriginAccessControl",
  ),
  "AWS::ElasticLoadBalancingV2::Listener": [
    ...of(
      "elasticloadbalancing",
      "CreateListener",
      "DeleteListener",
      "DescribeListeners",
      "ModifyListener",
      "DescribeListenerAttributes",
      "ModifyListenerAttributes",
    ),
    ...elbTags,
  ],
  "AWS::ElasticLoadBalancingV2::ListenerCertificate": of(
    "elasticloadbalancing",
    "AddListenerCertificates",
    "RemoveListenerCertificates",
    "DescribeListenerCertificates",
  ),
  "AWS::ElasticLoadBalancingV2::ListenerRule": [
    ...of("elasticloadbalancing", "CreateRule", "DeleteRule", "DescribeRules", "ModifyRule", "SetRulePriorities"),
    ...elbTags,
  ],
  "AWS::ElasticLoadBalancingV2::LoadBalancer": [
    ...of(
      "elasticloadbalancing",
      "CreateLoadBalancer",
      "DeleteLoadBalancer",
      "DescribeLoadBalancers",
      "DescribeLoadBalancerAttributes",
      "ModifyLoadBalancerAttributes",
      "SetIpAddressType",
      "SetSecurityGroups",
      "SetSubnets",
    ),
    ...elbTags,
    ...network,
    ...of("ec2", "DescribeInternetGateways"),
    ...of("iam", "CreateServiceLinkedRole"),
  ],
  "AWS::ElasticLoadBalancingV2::TargetGroup": [
    ...of(
      "elasticloadbalancing",
      "CreateTargetGroup",
      "DeleteTargetGroup",
      "DescribeTargetGroups",
      "DescribeTargetGroupAttributes",
      "ModifyTargetGroup",
      "ModifyTargetGroupAttributes",
      "RegisterTargets",
      "DeregisterTargets",
      "DescribeTargetHealth",
    ),
    ...elbTags,
  ],
  "AWS::Route53::RecordSet": of(
    "route53",
    "ChangeResourceRecordSets",
    "GetChange",
    "GetHostedZone",
    "ListHostedZones",
    "ListHostedZonesByName",
    "ListResourceRecordSets",
  ),
  "AWS::ServiceDiscovery::HttpNamespace": of(
    "servicediscovery",
    "CreateHttpNamespace",
    "GetNamespace",
    "GetOperation",
    "DeleteNamespace",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
  ),
  "AWS::WAFv2::LoggingConfiguration": [
    ...of("wafv2", "PutLoggingConfiguration", "GetLoggingConfiguration", "DeleteLoggingConfiguration"),
    ...of("logs", "CreateLogDelivery", "DeleteLogDelivery", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"),
  ],
  "AWS::WAFv2::WebACL": [
    ...of("wafv2", "CreateWebACL", "DeleteWebACL", "GetWebACL", "UpdateWebACL", "ListTagsForResource", "TagResource", "UntagResource"),
  ],
  "AWS::WAFv2::WebACLAssociation": [
    ...of("wafv2", "AssociateWebACL", "DisassociateWebACL", "GetWebACL", "GetWebACLForResource"),
    ...of("elasticloadbalancing", "SetWebACL", "DescribeLoadBalancers"),
  ],
};
