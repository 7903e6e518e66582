/**
 * A small machine through which one reaches what is private: it registers with Session Manager, nothing listens on it, nobody gets a key.
 * Its port forwarding (`AWS-StartPortForwardingSessionToRemoteHost`) needs no more than the agent that Amazon Linux has.
 */
import { deleted, type Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import type { SecurityGroups } from "./security-groups.ts";
import type { Made } from "./value.ts";

/** The cheapest machine there is; it only passes bytes on. */
const instanceType = "t4g.nano";
/** The newest Amazon Linux for it, as AWS names it in each region. */
const imageParameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";

/** One sentence where it is left out. */
export function bastionNotes({ local, inventory }: Pick<Compilation, "local" | "inventory">): string[] {
  const named = local ? inventory.of("vpc").find(({ declared }) => declared.options.bastion) : undefined;
  return named ? [`${named.key} has no bastion here: what stands in the embedded cloud is reached directly.`] : [];
}

export function buildBastion(compilation: Compilation, named: Named<"vpc">, network: Network, groups: SecurityGroups): Made {
  const { draft, stem } = compilation;
  const origin = compilation.origin(named);
  const role = draft.add("network", "BastionRole", origin, () => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      ManagedPolicyArns: [{ "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonSSMManagedInstanceCore" }],
    },
  }));
  const profile = draft.add("network", "BastionProfile", origin, (here) => ({
    Type: "AWS::IAM::InstanceProfile",
    Properties: { Roles: [here.take(role.ref())] },
  }));
  // Without a NAT gateway its agent reaches Session Manager by an address of its own; its group lets nothing in.
  const open = network.placement === "public";
  return draft.add("network", "Bastion", { ...origin, part: "Bastion" }, (here) => ({
    Type: "AWS::EC2::Instance",
    ...deleted,
    Properties: {
      InstanceType: instanceType,
      ImageId: `{{resolve:ssm:${imageParameter}}}`,
      IamInstanceProfile: here.take(profile.ref()),
      MetadataOptions: { HttpTokens: "required", HttpEndpoint: "enabled" },
      NetworkInterfaces: [
        {
          DeviceIndex: "0",
          AssociatePublicIpAddress: open,
          DeleteOnTermination: true,
          SubnetId: here.take((open ? network.publicSubnets : network.privateSubnets)[0]!),
          GroupSet: [here.take(groups.bastion!)],
        },
      ],
      Tags: [{ Key: "Name", Value: `${stem}-bastion` }],
    },
  }));
}
