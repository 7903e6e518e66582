/** In which VPCs a private hosted zone is answered: associations, and what other accounts are allowed. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { noteChange } from "../changes.ts";
import { checkConflict, readVpc } from "../vpcs.ts";
import { zonesChanged } from "../zone-table.ts";
import { describeVpcs, everywhere, requireZone, zones } from "../zones.ts";

export const associateVpcWithHostedZone = operation("route53", "AssociateVPCWithHostedZone", async (input, context) => {
  const { cloud } = context;
  const zone = requireZone(cloud, input.HostedZoneId);
  if (!zone.private)
    throw new AwsError(
      "PublicZoneVPCAssociation",
      "You're trying to associate a VPC with a public hosted zone. Amazon Route 53 doesn't support associating a VPC with a public hosted zone.",
    );
  const vpc = await readVpc(context, input.VPC);
  checkConflict(zones(cloud).list(everywhere), zone.name, vpc);
  zones(cloud).put(everywhere, zone.id, { ...requireZone(cloud, zone.id), vpcs: [...zone.vpcs, vpc] });
  zonesChanged(cloud);
  return { ChangeInfo: noteChange(cloud, input.Comment) };
});

export const disassociateVpcFromHostedZone = operation("route53", "DisassociateVPCFromHostedZone", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  const { VPCId, VPCRegion } = input.VPC;
  const left = zone.vpcs.filter(({ id, region }) => id !== VPCId || (VPCRegion !== undefined && region !== VPCRegion));
  if (left.length === zone.vpcs.length)
    throw new AwsError("VPCAssociationNotFound", "The specified VPC and hosted zone are not currently associated.", 404);
  if (left.length === 0)
    throw new AwsError(
      "LastVPCAssociation",
      "The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is associated with the hosted zone. Amazon Route 53 doesn't support disassociating the last VPC from a hosted zone.",
    );
  zones(cloud).put(everywhere, zone.id, { ...zone, vpcs: left });
  zonesChanged(cloud);
  return { ChangeInfo: noteChange(cloud, input.Comment) };
});

/** Kept and listed: a VPC of another account is none here. */
export const createVpcAssociationAuthorization = operation("route53", "CreateVPCAssociationAuthorization", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  const vpc = { region: input.VPC.VPCRegion ?? "", id: input.VPC.VPCId ?? "" };
  const others = zone.authorizedVpcs.filter(({ id, region }) => id !== vpc.id || region !== vpc.region);
  zones(cloud).put(everywhere, zone.id, { ...zone, authorizedVpcs: [...others, vpc] });
  return { HostedZoneId: zone.id, VPC: input.VPC };
});

export const deleteVpcAssociationAuthorization = operation("route53", "DeleteVPCAssociationAuthorization", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  const left = zone.authorizedVpcs.filter(({ id, region }) => id !== input.VPC.VPCId || region !== input.VPC.VPCRegion);
  if (left.length === zone.authorizedVpcs.length)
    throw new AwsError(
      "VPCAssociationAuthorizationNotFound",
      "The VPC that you specified is not authorized to be associated with the hosted zone.",
      404,
    );
  zones(cloud).put(everywhere, zone.id, { ...zone, authorizedVpcs: left });
  return {};
});

export const listVpcAssociationAuthorizations = operation("route53", "ListVPCAssociationAuthorizations", (input, { cloud }) => {
  const zone = requireZone(cloud, input.HostedZoneId);
  return { HostedZoneId: zone.id, VPCs: describeVpcs(zone.authorizedVpcs) };
});
