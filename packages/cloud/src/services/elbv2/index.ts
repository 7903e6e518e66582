/** Elastic Load Balancing, version 2 in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { metrics } from "./metrics.ts";
import * as limits from "./operations/limits.ts";
import * as listeners from "./operations/listeners.ts";
import * as loadBalancers from "./operations/load-balancers.ts";
import * as rules from "./operations/rules.ts";
import * as tags from "./operations/tags.ts";
import * as targetGroups from "./operations/target-groups.ts";
import { startPlane, stopPlane } from "./plane.ts";
import { listener } from "./resources/Listener.ts";
import { listenerCertificate } from "./resources/ListenerCertificate.ts";
import { listenerRule } from "./resources/ListenerRule.ts";
import { loadBalancer } from "./resources/LoadBalancer.ts";
import { targetGroup } from "./resources/TargetGroup.ts";
import { serveList } from "./routes.ts";
import { readers } from "./resources/readers.ts";

const asks = (action: string, ...resources: string[]): Authorization[] =>
  resources.map((resource) => ({ action: `elasticloadbalancing:${action}`, resource }));

const named = ({ account, region }: OperationContext, kind: string, name: string) =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${kind}/${name}/*`;

export const elbv2 = defineService({
  id: "elbv2",
  actionPrefix: "elasticloadbalancing",
  operations: {
    AddListenerCertificates: listeners.addListenerCertificates,
    AddTags: tags.addTags,
    CreateListener: listeners.createListener,
    CreateLoadBalancer: loadBalancers.createLoadBalancer,
    CreateRule: rules.createRule,
    CreateTargetGroup: targetGroups.createTargetGroup,
    DeleteListener: listeners.deleteListener,
    DeleteLoadBalancer: loadBalancers.deleteLoadBalancer,
    DeleteRule: rules.deleteRule,
    DeleteTargetGroup: targetGroups.deleteTargetGroup,
    DeregisterTargets: targetGroups.deregisterTargets,
    DescribeAccountLimits: limits.describeAccountLimits,
    DescribeCapacityReservation: loadBalancers.describeCapacityReservation,
    DescribeListenerAttributes: listeners.describeListenerAttributes,
    DescribeListenerCertificates: listeners.describeListenerCertificates,
    DescribeListeners: listeners.describeListeners,
    DescribeLoadBalancerAttributes: loadBalancers.describeLoadBalancerAttributes,
    DescribeLoadBalancers: loadBalancers.describeLoadBalancers,
    DescribeRules: rules.describeRules,
    DescribeSSLPolicies: limits.describeSslPolicies,
    DescribeTags: tags.describeTags,
    DescribeTargetGroupAttributes: targetGroups.describeTargetGroupAttributes,
    DescribeTargetGroups: targetGroups.describeTargetGroups,
    DescribeTargetHealth: targetGroups.describeTargetHealth,
    ModifyListener: listeners.modifyListener,
    ModifyListenerAttributes: listeners.modifyListenerAttributes,
    ModifyLoadBalancerAttributes: loadBalancers.modifyLoadBalancerAttributes,
    ModifyRule: rules.modifyRule,
    ModifyTargetGroup: targetGroups.modifyTargetGroup,
    ModifyTargetGroupAttributes: targetGroups.modifyTargetGroupAttributes,
    RegisterTargets: targetGroups.registerTargets,
    RemoveListenerCertificates: listeners.removeListenerCertificates,
    RemoveTags: tags.removeTags,
    SetIpAddressType: loadBalancers.setIpAddressType,
    SetRulePriorities: rules.setRulePriorities,
    SetSecurityGroups: loadBalancers.setSecurityGroups,
    SetSubnets: loadBalancers.setSubnets,
  },
  authorize: {
    AddListenerCertificates: ({ ListenerArn }) => asks("AddListenerCertificates", ListenerArn),
    AddTags: ({ ResourceArns }) => asks("AddTags", ...ResourceArns),
    CreateListener: ({ LoadBalancerArn }) => asks("CreateListener", LoadBalancerArn),
    CreateLoadBalancer: ({ Name }, context) => asks("CreateLoadBalancer", named(context, "loadbalancer/app", Name)),
    CreateRule: ({ ListenerArn }) => asks("CreateRule", ListenerArn),
    CreateTargetGroup: ({ Name }, context) => asks("CreateTargetGroup", named(context, "targetgroup", Name)),
    DeleteListener: ({ ListenerArn }) => asks("DeleteListener", ListenerArn),
    DeleteLoadBalancer: ({ LoadBalancerArn }) => asks("DeleteLoadBalancer", LoadBalancerArn),
    DeleteRule: ({ RuleArn }) => asks("DeleteRule", RuleArn),
    DeleteTargetGroup: ({ TargetGroupArn }) => asks("DeleteTargetGroup", TargetGroupArn),
    DeregisterTargets: ({ TargetGroupArn }) => asks("DeregisterTargets", TargetGroupArn),
    ModifyListener: ({ ListenerArn }) => asks("ModifyListener", ListenerArn),
    ModifyListenerAttributes: ({ ListenerArn }) => asks("ModifyListenerAttributes", ListenerArn),
    ModifyLoadBalancerAttributes: ({ LoadBalancerArn }) => asks("ModifyLoadBalancerAttributes", LoadBalancerArn),
    ModifyRule: ({ RuleArn }) => asks("ModifyRule", RuleArn),
    ModifyTargetGroup: ({ TargetGroupArn }) => asks("ModifyTargetGroup", TargetGroupArn),
    ModifyTargetGroupAttributes: ({ TargetGroupArn }) => asks("ModifyTargetGroupAttributes", TargetGroupArn),
    RegisterTargets: ({ TargetGroupArn }) => asks("RegisterTargets", TargetGroupArn),
    RemoveListenerCertificates: ({ ListenerArn }) => asks("RemoveListenerCertificates", ListenerArn),
    RemoveTags: ({ ResourceArns }) => asks("RemoveTags", ...ResourceArns),
    SetIpAddressType: ({ LoadBalancerArn }) => asks("SetIpAddressType", LoadBalancerArn),
    SetRulePriorities: ({ RulePriorities }) => asks("SetRulePriorities", ...RulePriorities.map(({ RuleArn = "*" }) => RuleArn)),
    SetSecurityGroups: ({ LoadBalancerArn }) => asks("SetSecurityGroups", LoadBalancerArn),
    SetSubnets: ({ LoadBalancerArn }) => asks("SetSubnets", LoadBalancerArn),
  },
  readers,
  resources: {
    "AWS::ElasticLoadBalancingV2::Listener": listener,
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": listenerCertificate,
    "AWS::ElasticLoadBalancingV2::ListenerRule": listenerRule,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": loadBalancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": targetGroup,
  },
  routes: { "load-balancers": serveList },
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
