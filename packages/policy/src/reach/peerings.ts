/** Networks that a peering connection joins. Its routes are not looked at: that one exists says that it is meant to be used. */
import type { Facts } from "../facts.ts";
import { idOf } from "./routes.ts";

const pairs = (facts: Facts): [string, string][] =>
  facts.ofType("AWS::EC2::VPCPeeringConnection").flatMap(({ properties }) => {
    const [one, other] = [idOf(properties["VpcId"]), idOf(properties["PeerVpcId"])];
    return one !== undefined && other !== undefined ? [[one, other] as [string, string]] : [];
  });

/** Whether what stands in one may reach what stands in the other, as far as groups let it. */
export function peerings(facts: Facts): (one: string, other: string) => boolean {
  const joined = new Set(pairs(facts).flatMap(([one, other]) => [`${one} ${other}`, `${other} ${one}`]));
  return (one, other) => joined.has(`${one} ${other}`);
}
