/** A stand-in for the service of load balancers, which says that one stands; and requests as a load balancer shows them. */
import type { Cloud } from "../../../src/cloud.ts";
import { firewallFor, type InspectedRequest, type Verdict } from "../../../src/runtime/firewall/firewall.ts";
import { defineService, type ServiceEntry } from "../../../src/service.ts";

export const loadBalancerArn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/0123456789abcdef";

/** In place of the real service, in this cloud's table, until the answer is called. */
export function standIn(cloud: Cloud, standing: () => readonly string[] = () => [loadBalancerArn]): () => void {
  const services = cloud.services as { elbv2: ServiceEntry<"elbv2"> };
  const before = services.elbv2;
  const inPlace = defineService({
    id: "elbv2",
    operations: {
      DescribeLoadBalancers: ({ LoadBalancerArns = [] }) => ({
        LoadBalancers: standing().flatMap((LoadBalancerArn) => (LoadBalancerArns.includes(LoadBalancerArn) ? [{ LoadBalancerArn }] : [])),
      }),
    },
  });
  services.elbv2 = { load: async () => inPlace };
  return () => {
    services.elbv2 = before;
  };
}

export function request(changes: Partial<InspectedRequest> = {}): InspectedRequest {
  return {
    method: "GET",
    path: "/",
    query: "",
    httpVersion: "HTTP/1.1",
    headers: [
      ["Host", "app.example.com"],
      ["User-Agent", "curl/8.5.0"],
    ],
    sourceIp: "127.0.0.1",
    body: new Uint8Array(),
    bodyCut: false,
    ...changes,
  };
}

export const inspect = (cloud: Cloud, changes: Partial<InspectedRequest> = {}): Verdict =>
  firewallFor(cloud, loadBalancerArn)!.inspect(request(changes));
