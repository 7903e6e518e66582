/** How load balancers, listeners, rules and target groups are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::ElasticLoadBalancingV2::LoadBalancer": async ({ call, physicalId: arn, properties }) => {
    const [one] = (await call("elbv2", "DescribeLoadBalancers", { LoadBalancerArns: [arn] })).LoadBalancers ?? [];
    if (!one) return undefined;
    const { Attributes = [] } = await call("elbv2", "DescribeLoadBalancerAttributes", { LoadBalancerArn: arn });
    const asked = new Set((properties.LoadBalancerAttributes ?? []).map(({ Key }) => Key));
    return {
      ...one,
      Name: one.LoadBalancerName,
      Subnets: one.AvailabilityZones?.map(({ SubnetId }) => SubnetId),
      LoadBalancerAttributes: Attributes.filter(({ Key }) => asked.has(Key!)),
    };
  },
  "AWS::ElasticLoadBalancingV2::TargetGroup": async ({ call, physicalId: arn, properties }) => {
    const [one] = (await call("elbv2", "DescribeTargetGroups", { TargetGroupArns: [arn] })).TargetGroups ?? [];
    if (!one) return undefined;
    const { Attributes = [] } = await call("elbv2", "DescribeTargetGroupAttributes", { TargetGroupArn: arn });
    const asked = new Set((properties.TargetGroupAttributes ?? []).map(({ Key }) => Key));
    return { ...one, Name: one.TargetGroupName, TargetGroupAttributes: Attributes.filter(({ Key }) => asked.has(Key!)) };
  },
  "AWS::ElasticLoadBalancingV2::Listener": async ({ call, physicalId: arn }) => {
    const [one] = (await call("elbv2", "DescribeListeners", { ListenerArns: [arn] })).Listeners ?? [];
    return one && { ...one, DefaultActions: one.DefaultActions?.map(withoutDefaults) };
  },
  "AWS::ElasticLoadBalancingV2::ListenerRule": async ({ call, physicalId: arn }) => {
    const [one] = (await call("elbv2", "DescribeRules", { RuleArns: [arn] })).Rules ?? [];
    return one && { Priority: one.Priority, Conditions: one.Conditions, Actions: one.Actions?.map(withoutDefaults) };
  },
  "AWS::ElasticLoadBalancingV2::ListenerCertificate": async ({ call, properties }) => {
    const { Certificates = [] } = await call("elbv2", "DescribeListenerCertificates", { ListenerArn: properties.ListenerArn });
    const asked = properties.Certificates.filter((one) => Certificates.some(({ CertificateArn }) => CertificateArn === one.CertificateArn));
    return asked.length === 0 ? undefined : { ListenerArn: properties.ListenerArn, Certificates: asked };
  },
};

/** With one target group AWS tells of it in both forms; of whichever the template has, it is the group that counts. */
function withoutDefaults(action: { Order?: number | undefined; ForwardConfig?: object | undefined }): object {
  const { Order: _, ...rest } = action;
  return rest;
}
