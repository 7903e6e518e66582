/** Entrances to AWS's services inside a network. */
import type { Facts } from "../../facts.ts";
import { groupIds } from "../groups.ts";
import type { UnnamedPlace } from "../places.ts";
import { idsOf } from "../routes.ts";
import { common, tcp } from "./programs.ts";

/** Those with addresses of their own; a gateway endpoint is a route. */
export function endpoints(facts: Facts): UnnamedPlace[] {
  return facts
    .ofType("AWS::EC2::VPCEndpoint")
    .filter(({ properties }) => properties["VpcEndpointType"] === "Interface")
    .map((one) => ({
      ...common(one),
      kind: "endpoint" as const,
      groups: groupIds(one.properties["SecurityGroupIds"]),
      subnets: idsOf(one.properties["SubnetIds"]),
      publicAddress: false,
      listens: [tcp(443)],
    }));
}
