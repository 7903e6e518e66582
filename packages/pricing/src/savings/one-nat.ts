/** One NAT gateway for all zones. */
import type { FindSavings } from "./saving.ts";

export const oneNat: FindSavings = ({ estimate: { lines, set } }) => {
  const gateways = set.ofType("AWS::EC2::NatGateway");
  if (gateways.length < 2) return [];
  const hours = lines.filter(({ item }) => item === "NAT hours").map(({ expected }) => expected);
  const addresses = gateways.map((gateway) => {
    const eip = set.named(gateway.properties["AllocationId"])[0];
    return lines.find(({ resource, stack }) => resource === eip?.logicalId && stack === eip.stack)?.expected ?? 0;
  });
  const all = [...hours, ...addresses].reduce((total, each) => total + each, 0);
  return [
    {
      what: `one NAT gateway instead of ${gateways.length}`,
      saves: (all * (gateways.length - 1)) / gateways.length,
      tradeOff: "when its zone fails the other zones have no way out; data between zones costs 0.01 a GB each way",
    },
  ];
};
