/** Copies of a cluster in other regions: a global cluster, and there a network, a key and a cluster that follows. Source: aws-recipes §3. */
import { scalingOf } from "./aurora-capacity.ts";
import { copiesOf, copySubnets, type AuroraCopy } from "./aurora-copies.ts";
import { buildPeering } from "./aurora-peering.ts";
import { closedEgress, groupId } from "./closed-group.ts";
import { deleted, fateOfData, type Compilation } from "./compilation.ts";
import type { Place } from "./draft.ts";
import { auroraMinor } from "./engine-versions.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { postgresPort } from "./security-groups.ts";
import type { Here, Made, Value } from "./value.ts";

/** Where the writer is reached, whichever region it is in. */
export interface WriterHosts {
  /** By programs: through the proxy, where there is one. */
  readonly programs: Value;
  /** The server itself. */
  readonly server: Value;
}

export function buildAuroraRegions(
  compilation: Compilation,
  named: Named<"aurora">,
  network: Network,
  { cluster, writer, proxy }: { cluster: Made; writer: Made; proxy: Value | undefined },
): WriterHosts {
  const { draft, stem, production } = compilation;
  const { id, kebab, declared } = named;
  const { protect = production } = declared.options;
  const server = cluster.attribute("Endpoint.Address");
  const copies = copiesOf(compilation, named);
  if (copies.length === 0) return { programs: proxy ?? server, server };
  const { override: _, ...origin } = compilation.origin(named);
  const identifier = `${stem}-${kebab}`;
  const global = draft.add("database", `${id}Global`, origin, (here) => ({
    Type: "AWS::RDS::GlobalCluster",
    DependsOn: here.after([writer]),
    ...deleted,
    Properties: {
      GlobalClusterIdentifier: identifier,
      SourceDBClusterIdentifier: here.take(cluster.ref()),
      DeletionProtection: protect,
    },
  }));
  for (const copy of copies) buildRegion(compilation, named, network, { global, copy });
  // A proxy knows the cluster of its own region alone: programs go past it while another one writes.
  const elsewhere = proxy !== undefined;
  const endpoint: Value = {
    kind: "source",
    name: `${id}GlobalEndpoint`,
    parameter: { Type: "String", Default: "", Description: "Where the writer answers, in whichever region; plinth asks RDS for it" },
    source: { from: "global-endpoint", globalCluster: identifier, ...(elsewhere && { elsewhere }) },
  };
  const when = (here: Here): string =>
    here.condition(`${id}HasGlobalEndpoint`, { "Fn::Not": [{ "Fn::Equals": [here.take(endpoint), ""] }] });
  const writerHost = (part: string, otherwise: Value): Value => {
    const name = `${id}${part}Host`;
    return { kind: "chosen", shard: cluster.shard, name, type: "String", when, value: endpoint, otherwise };
  };
  const itself = writerHost("Writer", server);
  return { programs: proxy ? writerHost("Proxied", proxy) : itself, server: itself };
}

function buildRegion(
  compilation: Compilation,
  named: Named<"aurora">,
  appNetwork: Network,
  { global, copy }: { global: Made; copy: AuroraCopy },
): void {
  const { draft, stem, production } = compilation;
  const { key, declared } = named;
  const { options } = declared;
  const { override: _, ...origin } = compilation.origin(named);
  const { id, region, range } = copy;
  const [network, database]: Place[] = [
    { layer: "network", region },
    { layer: "database", region },
  ];
  const name = (suffix: string) => [{ Key: "Name", Value: `${stem}-${suffix}` }];

  const vpc = draft.add(network!, `${id}Vpc`, origin, () => ({
    Type: "AWS::EC2::VPC",
    Properties: { CidrBlock: range(0, 16), EnableDnsSupport: true, EnableDnsHostnames: true, Tags: [{ Key: "Name", Value: stem }] },
  }));
  const vpcId = vpc.ref("AWS::EC2::VPC::Id");
  const table = draft.add(network!, `${id}RouteTable`, origin, (here) => ({
    Type: "AWS::EC2::RouteTable",
    Properties: { VpcId: here.take(vpcId), Tags: name("database") },
  }));
  const subnets = copySubnets.map((third, zone) => {
    const subnet = draft.add(network!, `${id}Subnet${zone + 1}`, origin, (here) => ({
      Type: "AWS::EC2::Subnet",
      Properties: {
        VpcId: here.take(vpcId),
        CidrBlock: range(third, 24),
        AvailabilityZone: here.take({
          kind: "source",
          name: `Zone${zone + 1}`,
          parameter: { Type: "AWS::EC2::AvailabilityZone::Name" },
          source: { from: "zone", index: zone, region },
        }),
        MapPublicIpOnLaunch: false,
        Tags: name(`database-${zone + 1}`),
      },
    }));
    draft.add(network!, `${id}Subnet${zone + 1}Routes`, origin, (here) => ({
      Type: "AWS::EC2::SubnetRouteTableAssociation",
      Properties: { SubnetId: here.take(subnet.ref()), RouteTableId: here.take(table.ref()) },
    }));
    return subnet.ref("AWS::EC2::Subnet::Id");
  });
  const group = draft.add(network!, `${id}SecurityGroup`, origin, (here) => ({
    Type: "AWS::EC2::SecurityGroup",
    Properties: { GroupDescription: `Plinth ${id}`, VpcId: here.take(vpcId), SecurityGroupEgress: closedEgress, Tags: name(named.kebab) },
  }));
  const groupOfCopy = group.attribute("GroupId", groupId);
  buildPeering(compilation, origin, appNetwork, copy, { vpc: vpcId, routeTable: table.ref(), group: groupOfCopy });

  const encryption = draft.add(database!, `${id}Key`, origin, () => ({
    Type: "AWS::KMS::Key",
    ...fateOfData(compilation).keep,
    Properties: {
      Description: `${stem} ${key}: what is stored in ${region}`,
      EnableKeyRotation: true,
      KeyPolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
            Action: "kms:*",
            Resource: "*",
          },
        ],
      } as never,
    },
  }));
  const subnetGroup = draft.add(database!, `${id}SubnetGroup`, origin, (here) => ({
    Type: "AWS::RDS::DBSubnetGroup",
    Properties: { DBSubnetGroupDescription: `${stem} ${key}`, SubnetIds: subnets.map((subnet) => here.take(subnet)) },
  }));
  const major = options.version ?? "17";
  const parameters = draft.add(database!, `${id}Parameters`, origin, () => ({
    Type: "AWS::RDS::DBClusterParameterGroup",
    Properties: {
      Description: `${stem} ${key}`,
      Family: `aurora-postgresql${major}`,
      Parameters: {
        "rds.force_ssl": "1",
        ...Object.fromEntries(Object.entries(options.parameters ?? {}).map(([parameter, value]) => [parameter, String(value)])),
      },
    },
  }));
  const cluster = draft.add(database!, id, origin, (here) => ({
    Type: "AWS::RDS::DBCluster",
    // A copy: what is lost with it stands in the first region.
    ...deleted,
    Properties: {
      GlobalClusterIdentifier: here.take(global.ref()),
      Engine: "aurora-postgresql",
      EngineVersion: auroraMinor[major],
      ...scalingOf(options),
      StorageEncrypted: true,
      KmsKeyId: here.take(encryption.attribute("Arn")),
      Port: postgresPort,
      DBSubnetGroupName: here.take(subnetGroup.ref()),
      DBClusterParameterGroupName: here.take(parameters.ref()),
      VpcSecurityGroupIds: [here.take(groupOfCopy)],
      BackupRetentionPeriod: Number.parseInt(options.backup?.retain ?? "7 days", 10),
      CopyTagsToSnapshot: true,
      DeletionProtection: options.protect ?? production,
    },
  }));
  draft.add(database!, `${id}Reader`, origin, (here) => ({
    Type: "AWS::RDS::DBInstance",
    ...deleted,
    Properties: {
      Engine: "aurora-postgresql",
      DBClusterIdentifier: here.take(cluster.ref()),
      DBInstanceClass: options.instance ?? "db.serverless",
      PubliclyAccessible: false,
      AutoMinorVersionUpgrade: true,
    },
  }));
}
