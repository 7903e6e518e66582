/** What leaves for the internet: once for a set of stacks, at the door by which most of it leaves. */
import { written } from "./columns.ts";
import type { Desk } from "./priced-type.ts";
import { map, text } from "./reading.ts";
import type { SetResource, StackSet } from "./stack-set.ts";

/** The first resource that answers the internet, or lets through to it; CloudFront and API Gateway before what stands behind them. */
function door(set: StackSet): SetResource | undefined {
  const balancer = set
    .ofType("AWS::ElasticLoadBalancingV2::LoadBalancer")
    .find(({ properties }) => text(properties, "Scheme") !== "internal");
  const service = set
    .ofType("AWS::ECS::Service")
    .find(({ properties }) => text(map(map(properties, "NetworkConfiguration"), "AwsvpcConfiguration"), "AssignPublicIp") === "ENABLED");
  return (
    set.ofType("AWS::CloudFront::Distribution")[0] ??
    balancer ??
    set.ofType("AWS::ApiGatewayV2::Api")[0] ??
    set.ofType("AWS::AppRunner::Service")[0] ??
    service ??
    set.ofType("AWS::EC2::NatGateway")[0]
  );
}

function price(resource: SetResource, desk: Desk): void {
  const out = desk.expect("dataOutGB");
  const cdn = resource.type === "AWS::CloudFront::Distribution";
  desk.charge({
    item: "data to the internet",
    price: cdn ? ["cloudfront", "dataOut.usEu.first10TB"] : ["dataTransfer", "internetOut.first10TB"],
    quantity: out,
    detail: `${written(out.expected)} GB`,
    ...(cdn && { global: true }),
  });
}

export const dataOut = { door, price };
