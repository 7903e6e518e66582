/** The operations on VPC peering connections within the account, also across regions. They are recorded: local tasks reach each other anyway. */
import type { VpcPeeringConnection, VpcPeeringConnectionVpcInfo } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { overlaps, parseCidr } from "../cidr.ts";
import { ensureDefaults } from "../defaults.ts";
import { describe } from "../describe.ts";
import { operationNotPermitted } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { type PeeringRecord, type PeeringSide, peeringConnections, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

/** A request that nobody answers lapses after seven days; an ended connection is described for two hours. */
const lapseMs = 7 * 24 * 3_600_000;
const rememberedMs = 2 * 3_600_000;

const inRegion = (context: OperationContext, region: string): OperationContext => ({ ...context, region });

/** Both regions keep the same record. */
function keep(context: OperationContext, record: PeeringRecord): PeeringRecord {
  for (const { region } of [record.requester, record.accepter]) peeringConnections(inRegion(context, region)).put(record);
  return record;
}

function sideOf(context: OperationContext, region: string, vpcId: string): PeeringSide {
  const there = inRegion(context, region);
  ensureDefaults(there);
  const vpc = vpcs(there).must(vpcId);
  return {
    region,
    vpcId,
    cidr: vpc.cidr,
    cidrBlocks: vpc.cidrAssociations.map(({ CidrBlock }) => CidrBlock!),
    ipv6Blocks: vpc.ipv6Associations.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock!),
    dnsResolution: false,
    classicLinkOut: false,
    vpcToClassicLink: false,
  };
}

type Status = PeeringRecord["status"] | "expired";

const statusOf = (context: OperationContext, { status, createdMs }: PeeringRecord): Status =>
  status === "pending-acceptance" && createdMs + lapseMs <= context.cloud.world.clock.nowMs() ? "expired" : status;

const messages: Readonly<Record<Status, (account: string) => string>> = {
  "pending-acceptance": (account) => `Pending Acceptance by ${account}`,
  active: () => "Active",
  rejected: () => "Inactive",
  deleted: (account) => `Deleted by ${account}`,
  failed: () => "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range",
  expired: () => "Expired",
};

const describedSide = (account: string, side: PeeringSide, whole: boolean): VpcPeeringConnectionVpcInfo => ({
  OwnerId: account,
  VpcId: side.vpcId,
  Region: side.region,
  ...(whole && {
    CidrBlock: side.cidr,
    CidrBlockSet: side.cidrBlocks.map((CidrBlock) => ({ CidrBlock })),
    ...(side.ipv6Blocks.length > 0 && { Ipv6CidrBlockSet: side.ipv6Blocks.map((Ipv6CidrBlock) => ({ Ipv6CidrBlock })) }),
    PeeringOptions: {
      AllowDnsResolutionFromRemoteVpc: side.dnsResolution,
      AllowEgressFromLocalClassicLinkToRemoteVpc: side.classicLinkOut,
      AllowEgressFromLocalVpcToRemoteClassicLink: side.vpcToClassicLink,
    },
  }),
});

function described(context: OperationContext, record: PeeringRecord): VpcPeeringConnection {
  const status = statusOf(context, record);
  return {
    VpcPeeringConnectionId: record.id,
    RequesterVpcInfo: describedSide(context.account, record.requester, true),
    // The accepter's blocks and options are told once it has accepted.
    AccepterVpcInfo: describedSide(context.account, record.accepter, status === "active"),
    ...(status === "pending-acceptance" && { ExpirationTime: new Date(record.createdMs + lapseMs) }),
    Status: { Code: status, Message: messages[status](context.account) },
    Tags: tagsOf(context, record.id),
  };
}

export const createVpcPeeringConnection = operation("ec2", "CreateVpcPeeringConnection", (input, context) => {
  if (input.PeerOwnerId !== undefined && input.PeerOwnerId !== context.account)
    throw new AwsError("UnsupportedOperation", "The embedded cloud has one account: VPCs of others cannot be peered with.");
  const requester = sideOf(context, context.region, input.VpcId!);
  const accepter = sideOf(context, input.PeerRegion ?? context.region, input.PeerVpcId ?? "");
  const tags = tagsFrom(input, "vpc-peering-connection");
  const alike = peeringConnections(context)
    .list()
    .find(
      (one) =>
        one.status === "active" && [one.requester, one.accepter].every(({ vpcId }) => [requester.vpcId, accepter.vpcId].includes(vpcId)),
    );
  if (alike)
    throw new AwsError(
      "VpcPeeringConnectionAlreadyExists",
      `A VPC peering connection ${alike.id} already exists between ${requester.vpcId} and ${accepter.vpcId}`,
    );
  const blocks = (side: PeeringSide) => [...side.cidrBlocks, ...side.ipv6Blocks].map((block) => parseCidr(block)!);
  const clash =
    requester.vpcId === accepter.vpcId || blocks(requester).some((one) => blocks(accepter).some((other) => overlaps(one, other)));
  const now = context.cloud.world.clock.nowMs();
  const record = keep(context, {
    id: newId(context, "pcx"),
    requester,
    accepter,
    status: clash ? "failed" : "pending-acceptance",
    createdMs: now,
    ...(clash && { endedMs: now }),
  });
  putNew(context, record.id, tags, input);
  return {
    VpcPeeringConnection: {
      ...described(context, record),
      ExpirationTime: new Date(now + lapseMs),
      Status: { Code: "initiating-request" as const, Message: `Initiating Request to ${context.account}` },
    },
  };
});

const filters: Filters<VpcPeeringConnection> = {
  "accepter-vpc-info.cidr-block": (one) => one.AccepterVpcInfo?.CidrBlock,
  "accepter-vpc-info.owner-id": (one) => one.AccepterVpcInfo?.OwnerId,
  "accepter-vpc-info.vpc-id": (one) => one.AccepterVpcInfo?.VpcId,
  "expiration-time": (one) => one.ExpirationTime?.toISOString(),
  "requester-vpc-info.cidr-block": (one) => one.RequesterVpcInfo?.CidrBlock,
  "requester-vpc-info.owner-id": (one) => one.RequesterVpcInfo?.OwnerId,
  "requester-vpc-info.vpc-id": (one) => one.RequesterVpcInfo?.VpcId,
  "status-code": (one) => one.Status?.Code,
  "status-message": (one) => one.Status?.Message,
  "vpc-peering-connection-id": (one) => one.VpcPeeringConnectionId,
};

/** Those that are still described: what ended long ago is forgotten. */
function remembered(context: OperationContext) {
  const shelf = peeringConnections(context);
  const now = context.cloud.world.clock.nowMs();
  for (const one of shelf.list())
    if ((one.endedMs ?? Infinity) + rememberedMs < now) {
      shelf.delete(one.id);
      dropTags(context, one.id);
    }
  return shelf;
}

export const describeVpcPeeringConnections = operation("ec2", "DescribeVpcPeeringConnections", (input, context) => {
  const { items, ...rest } = describe(
    remembered(context),
    input.VpcPeeringConnectionIds,
    input,
    (one) => described(context, one),
    filters,
    "vpcPeeringConnectionIds",
  );
  return { VpcPeeringConnections: items, ...rest };
});

/** Throws unless the connection waits for an answer. */
function pending(context: OperationContext, id: string, verb: string): PeeringRecord {
  const record = peeringConnections(context).must(id);
  const status = statusOf(context, record);
  if (status !== "pending-acceptance")
    throw new AwsError("InvalidStateTransition", `Invalid state transition for ${id}, attempted to transition from ${status} to ${verb}`);
  if (record.accepter.region !== context.region)
    throw operationNotPermitted(
      `Incorrect region (${context.region}) specified for this request. VPC peering connection ${id} must be ${verb === "active" ? "accepted" : "rejected"} in region ${record.accepter.region}`,
    );
  return record;
}

export const acceptVpcPeeringConnection = operation("ec2", "AcceptVpcPeeringConnection", (input, context) => {
  const record = keep(context, { ...pending(context, input.VpcPeeringConnectionId!, "active"), status: "active" });
  return { VpcPeeringConnection: described(context, record) };
});

export const rejectVpcPeeringConnection = operation("ec2", "RejectVpcPeeringConnection", (input, context) => {
  const record = pending(context, input.VpcPeeringConnectionId!, "rejected");
  keep(context, { ...record, status: "rejected", endedMs: context.cloud.world.clock.nowMs() });
  return { Return: true };
});

export const deleteVpcPeeringConnection = operation("ec2", "DeleteVpcPeeringConnection", (input, context) => {
  const record = peeringConnections(context).must(input.VpcPeeringConnectionId!);
  const status = statusOf(context, record);
  if (status !== "active" && status !== "pending-acceptance")
    throw new AwsError(
      "InvalidStateTransition",
      `Invalid state transition for ${record.id}, attempted to transition from ${status} to deleting`,
    );
  keep(context, { ...record, status: "deleted", endedMs: context.cloud.world.clock.nowMs() });
  return { Return: true };
});

type Options = NonNullable<VpcPeeringConnectionVpcInfo["PeeringOptions"]>;

const withOptions = (side: PeeringSide, options: Options | undefined): PeeringSide => ({
  ...side,
  dnsResolution: options?.AllowDnsResolutionFromRemoteVpc ?? side.dnsResolution,
  classicLinkOut: options?.AllowEgressFromLocalClassicLinkToRemoteVpc ?? side.classicLinkOut,
  vpcToClassicLink: options?.AllowEgressFromLocalVpcToRemoteClassicLink ?? side.vpcToClassicLink,
});

export const modifyVpcPeeringConnectionOptions = operation("ec2", "ModifyVpcPeeringConnectionOptions", (input, context) => {
  const record = peeringConnections(context).must(input.VpcPeeringConnectionId!);
  const status = statusOf(context, record);
  if (status !== "active")
    throw operationNotPermitted(`Peering ${record.id} is in ${status} state, and cannot be modified. It must be active.`);
  const requester = withOptions(record.requester, input.RequesterPeeringConnectionOptions);
  const accepter = withOptions(record.accepter, input.AccepterPeeringConnectionOptions);
  keep(context, { ...record, requester, accepter });
  const options = (side: PeeringSide) => describedSide(context.account, side, true).PeeringOptions!;
  return {
    ...(input.RequesterPeeringConnectionOptions && { RequesterPeeringConnectionOptions: options(requester) }),
    ...(input.AccepterPeeringConnectionOptions && { AccepterPeeringConnectionOptions: options(accepter) }),
  };
});
