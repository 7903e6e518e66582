/** What every region of an account begins with: a default VPC 172.31.0.0/16, open to the internet, a subnet in each zone. */
import type { OperationContext } from "../../service.ts";
import { defaultId } from "./ids.ts";
import { dhcpOptions, internetGateways, networkAcls, routeTables, subnets } from "./shelf.ts";
import { privateDnsSuffix, zonesOf } from "./regions.ts";
import { defaultAcl, mainRouteTable, makeVpc, type NewIds } from "./vpc.ts";

/** Makes the region's default network at the first call to it; never again, so that a deleted one stays deleted. */
export function ensureDefaults(context: OperationContext): void {
  const made = context.cloud.store.collection<true>("ec2:region");
  if (made.has(context.region, "made")) return;
  context.cloud.store.transaction(() => {
    made.put(context.region, "made", true);
    dhcpOptions(context).put({
      id: defaultId(context.account, context.region, "dopt", "dhcp"),
      configurations: [
        { Key: "domain-name", Values: [{ Value: privateDnsSuffix(context.region) }] },
        { Key: "domain-name-servers", Values: [{ Value: "AmazonProvidedDNS" }] },
      ],
    });
    makeDefaultVpc(context, (prefix, what) => defaultId(context.account, context.region, prefix, what));
  });
}

/** A default VPC, as the region's first and as CreateDefaultVpc makes one. */
export function makeDefaultVpc(context: OperationContext, id: NewIds) {
  const vpc = makeVpc(context, id, { cidr: "172.31.0.0/16", isDefault: true });
  const gatewayId = id("igw", "igw");
  internetGateways(context).put({ id: gatewayId, vpcId: vpc.id });
  const main = mainRouteTable(context, vpc.id);
  main.routes.push({ DestinationCidrBlock: "0.0.0.0/0", GatewayId: gatewayId, Origin: "CreateRoute" });
  routeTables(context).put(main);
  for (const [index, zone] of zonesOf(context.region).entries()) makeDefaultSubnet(context, id, vpc.id, zone, index);
  return vpc;
}

/** The default subnet of a zone: the `index`th /20 of the default VPC. */
export function makeDefaultSubnet(context: OperationContext, id: NewIds, vpcId: string, zone: { name: string; id: string }, index: number) {
  const subnet = {
    id: id("subnet", zone.name),
    vpcId,
    cidr: `172.31.${index * 16}.0/20`,
    zone: zone.name,
    zoneId: zone.id,
    defaultForAz: true,
    mapPublicIp: true,
    assignIpv6: false,
    dns64: false,
    hostnameType: "ip-name" as const,
    aRecord: false,
    aaaaRecord: false,
  };
  subnets(context).put(subnet);
  const acl = defaultAcl(context, vpcId);
  acl.associations.push({ NetworkAclAssociationId: id("aclassoc", zone.name), NetworkAclId: acl.id, SubnetId: subnet.id });
  networkAcls(context).put(acl);
  return subnet;
}
