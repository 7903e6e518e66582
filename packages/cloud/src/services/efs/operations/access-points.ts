/** Making, describing and deleting access points. */
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import {
  type AccessPointRecord,
  describeAccessPoint,
  forgetAccessPoint,
  keepAccessPoint,
  listAccessPoints,
  requireAccessPoint,
} from "../access-point.ts";
import { accessPointExists, badRequest, tooManyAccessPoints } from "../errors.ts";
import { requireAvailable, requireFileSystem } from "../file-system.ts";
import { checkedTags, mergedTags } from "../tags.ts";

/** "Amazon EFS quotas" names 10,000 access points for each file system. */
const mostAccessPoints = 10_000;
const highestId = 4_294_967_295;
/** At most four folders deep (CreateAccessPoint, RootDirectory). */
const deepestPath = 4;

export const createAccessPoint = operation("efs", "CreateAccessPoint", (input, context) => {
  const { clock, random } = context.cloud.world;
  const token = input.ClientToken ?? random.uuid();
  const { PosixUser: user, RootDirectory: root } = input;
  const path = root?.Path ?? "/";
  const owner = root?.CreationInfo;
  const id = { range: [0, highestId] as const };
  checkConstraints("BadRequest", {
    clientToken: [token, { length: [1, 64] }],
    "posixUser.uid": [user?.Uid, id],
    "posixUser.gid": [user?.Gid, id],
    "posixUser.secondaryGids": [user?.SecondaryGids, { length: [0, 16] }],
    "rootDirectory.path": [path, { length: [1, 100], pattern: String.raw`(\/|(\/(?!\.)+[^$#<>;\`|&?{}^*/\n]+){1,4})` }],
    "rootDirectory.creationInfo.ownerUid": [owner?.OwnerUid, id],
    "rootDirectory.creationInfo.ownerGid": [owner?.OwnerGid, id],
    "rootDirectory.creationInfo.permissions": [owner?.Permissions, { length: [3, 4], pattern: "[0-7]{3,4}" }],
  });
  if (path.split("/").length - 1 > deepestPath) throw badRequest(`The path of an access point can have at most ${deepestPath} folders.`);
  const tags = mergedTags([], checkedTags(input.Tags));
  const fileSystem = requireAvailable(context, input.FileSystemId);
  const points = listAccessPoints(context);
  const earlier = points.find((each) => each.token === token && each.fileSystemId === fileSystem.id);
  if (earlier) throw accessPointExists(earlier.id, token);
  if (points.filter(({ fileSystemId }) => fileSystemId === fileSystem.id).length >= mostAccessPoints)
    throw tooManyAccessPoints(mostAccessPoints);
  const record: AccessPointRecord = {
    id: `fsap-${random.hex(17)}`,
    token,
    fileSystemId: fileSystem.id,
    ...(user && {
      posixUser: { Uid: user.Uid, Gid: user.Gid, ...(user.SecondaryGids && { SecondaryGids: user.SecondaryGids }) },
    }),
    rootDirectory: { Path: path, ...(owner && { CreationInfo: { ...owner } }) },
    tags,
    systemTags: { ...systemTagsOf(input) },
    createdMs: clock.nowMs(),
  };
  keepAccessPoint(context, record);
  return describeAccessPoint(context, record);
});

export const describeAccessPoints = operation("efs", "DescribeAccessPoints", (input, context) => {
  const { AccessPointId: id, FileSystemId: fileSystem, MaxResults: size = 100 } = input;
  if (id !== undefined && fileSystem !== undefined)
    throw badRequest("You can specify either an access point ID or a file system ID, not both");
  checkConstraints("BadRequest", { maxResults: [size, { range: [1, Number.MAX_SAFE_INTEGER] }] });
  const owner = fileSystem === undefined ? undefined : requireFileSystem(context, fileSystem).id;
  const found =
    id !== undefined
      ? [requireAccessPoint(context, id)]
      : listAccessPoints(context).filter((point) => owner === undefined || point.fileSystemId === owner);
  const { items, nextToken } = pageOf(found, {
    size: Math.min(size, 100),
    token: input.NextToken,
    keyOf: (point) => point.id,
    query: `access-points ${id ?? owner ?? ""}`,
    invalid: () => badRequest("Invalid NextToken"),
  });
  return {
    AccessPoints: items.map((point) => describeAccessPoint(context, point)),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
});

export const deleteAccessPoint = operation("efs", "DeleteAccessPoint", ({ AccessPointId }, context) => {
  forgetAccessPoint(context, requireAccessPoint(context, AccessPointId).id);
  return {};
});
