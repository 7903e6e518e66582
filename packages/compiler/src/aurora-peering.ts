/**
 * The way from the app's network to a cluster's copy in another region, which programs take when that one writes (docs/decisions/0046).
 * Inter-region peering, routes to and fro, and the one port. The app's own stacks wait for none of it: their region may be the one that is left.
 */
import type { AuroraCopy } from "./aurora-copies.ts";
import type { Compilation } from "./compilation.ts";
import type { Place } from "./draft.ts";
import type { Network } from "./network.ts";
import type { Origin } from "./origin.ts";
import { postgresPort } from "./security-groups.ts";
import type { Value } from "./value.ts";

export interface CopyNetwork {
  readonly vpc: Value;
  readonly routeTable: Value;
  readonly group: Value;
}

export function buildPeering(
  { draft, region, stem }: Compilation,
  origin: Origin,
  network: Network,
  copy: AuroraCopy,
  { vpc, routeTable, group }: CopyNetwork,
): void {
  const { range } = network;
  if (range === undefined) return;
  const there: Place = { layer: "network", region: copy.region };
  const back: Place = { layer: "network", region };
  const peering = draft.add(there, `${copy.id}Peering`, origin, (here) => ({
    Type: "AWS::EC2::VPCPeeringConnection",
    Properties: {
      VpcId: here.take(vpc),
      PeerVpcId: here.take(network.vpc),
      PeerRegion: region,
      Tags: [{ Key: "Name", Value: `${stem}-${region}` }],
    },
  }));
  draft.add(there, `${copy.id}RouteBack`, origin, (here) => ({
    Type: "AWS::EC2::Route",
    Properties: { RouteTableId: here.take(routeTable), DestinationCidrBlock: range, VpcPeeringConnectionId: here.take(peering.ref()) },
  }));
  // Groups of another region cannot be named: who may connect is said by the programs' own groups, which let nobody else out.
  draft.add(there, `${copy.id}FromPrograms`, origin, (here) => ({
    Type: "AWS::EC2::SecurityGroupIngress",
    Properties: {
      GroupId: here.take(group),
      IpProtocol: "tcp",
      FromPort: postgresPort,
      ToPort: postgresPort,
      CidrIp: range,
      Description: `${copy.id} from the programs in ${region}`,
    },
  }));
  network.routeTables.forEach((table, i) =>
    draft.add(back, `${copy.id}Route${i + 1}`, origin, (here) => ({
      Type: "AWS::EC2::Route",
      Properties: {
        RouteTableId: here.take(table),
        DestinationCidrBlock: copy.databaseRange,
        VpcPeeringConnectionId: here.take(peering.ref()),
      },
    })),
  );
}

/** What one has to do oneself, one sentence each. */
export function peeringNotes({ inventory }: Pick<Compilation, "inventory">, { range }: Network): string[] {
  if (range !== undefined) return [];
  return inventory
    .of("aurora")
    .filter(({ declared }) => (declared.options.globalRegions ?? []).length > 0)
    .map(
      ({ key }) =>
        `${key}: the network is there already, so join it with those of its copies yourself: programs follow a failover only then`,
    );
}
