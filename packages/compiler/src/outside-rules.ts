/** Rules of security groups whose other end is no thing of the app: the internet, a public address, CloudFront, AWS's services. */
import { mostAlike, type End } from "./connections.ts";
import type { Draft } from "./draft.ts";
import type { Network } from "./network.ts";
import { cloudFrontAddresses } from "./public-domain.ts";

export interface OutsideRules {
  /** HTTPS out: to the internet, or where there is no way out to what the routes reach, which is AWS's services alone. */
  toInternet(from: End): void;
  /** To a public address, without TLS. */
  toPublic(from: End, to: string, port: number): void;
  /** Into a network of ours in another region; where this one is ours, too, and so joined with it. */
  toRange(from: End, to: string, range: string, port: number): void;
  /** Anybody may call this port. */
  fromInternet(to: End, port: number, suffix?: string): void;
  fromCloudFront(to: End, port: number): void;
  /** Into the entrances to AWS's services, where the network has some. */
  toEndpoints(from: End): void;
}

/** @param programs how many there are: all may call AWS's services, and very many do so by one rule. */
export function outsideRules(draft: Draft, { endpointGroup, range }: Network, programs: number): OutsideRules {
  const many = programs > mostAlike && range !== undefined;
  let manyLetIn = false;
  const egress = (from: End, id: string, port: number, description: string, cidr = "0.0.0.0/0"): void => {
    draft.add("network", id, from.origin, (here) => ({
      Type: "AWS::EC2::SecurityGroupEgress",
      Properties: {
        GroupId: here.take(from.group),
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
        CidrIp: cidr,
        Description: description,
      },
    }));
  };
  return {
    toInternet: (from) => egress(from, `${from.id}ToInternet`, 443, `${from.id} to the internet over HTTPS`),
    toPublic: (from, to, port) => egress(from, `${from.id}To${to}`, port, `${from.id} to the public address of ${to}`),
    toRange(from, to, copy, port) {
      if (range !== undefined) egress(from, `${from.id}To${to}`, port, `${from.id} to ${to}`, copy);
    },
    fromInternet(to, port, suffix = "") {
      draft.add("network", `${to.id}FromInternet${suffix}`, to.origin, (here) => ({
        Type: "AWS::EC2::SecurityGroupIngress",
        Properties: {
          GroupId: here.take(to.group),
          IpProtocol: "tcp",
          FromPort: port,
          ToPort: port,
          CidrIp: "0.0.0.0/0",
          Description: `${to.id} from the internet`,
        },
      }));
    },
    fromCloudFront(to, port) {
      draft.add("network", `${to.id}FromCloudFront`, to.origin, (here) => ({
        Type: "AWS::EC2::SecurityGroupIngress",
        Properties: {
          GroupId: here.take(to.group),
          IpProtocol: "tcp",
          FromPort: port,
          ToPort: port,
          SourcePrefixListId: here.take(cloudFrontAddresses),
          Description: `${to.id} from CloudFront`,
        },
      }));
    },
    toEndpoints(from) {
      if (!endpointGroup || manyLetIn) return;
      manyLetIn = many;
      // Nothing else in the network may send anything out on this port: its range stands for the programs.
      draft.add("network", many ? "EndpointFromNetwork" : `EndpointFrom${from.id}`, many ? { key: "network" } : from.origin, (here) => ({
        Type: "AWS::EC2::SecurityGroupIngress",
        Properties: {
          GroupId: here.take(endpointGroup),
          IpProtocol: "tcp",
          FromPort: 443,
          ToPort: 443,
          ...(many ? { CidrIp: range } : { SourceSecurityGroupId: here.take(from.group) }),
          Description: `AWS services from ${many ? "the network" : from.id}`,
        },
      }));
    },
  };
}
