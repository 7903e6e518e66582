/** AWS::EFS::AccessPoint. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { withSystemTags } from "../../../runtime/system-tags.ts";
import { changeTags, ownTags } from "./stack-tags.ts";

type Properties = ResourceProperties["AWS::EFS::AccessPoint"];
type Request = ResourceRequest<Properties>;

const lookMs = 15;

/** CloudFormation hands its own token on unless the template has one. */
const tokenOf = ({ properties, token }: Request) => properties.ClientToken ?? token;

async function available({ cloud, account, region, call, signal }: Request, id: string): Promise<Made> {
  for (;;) {
    const { AccessPoints: [found] = [] } = await call("efs", "DescribeAccessPoints", { AccessPointId: id });
    if (found!.LifeCycleState === "available") {
      return {
        physicalId: id,
        attributes: { AccessPointId: id, Arn: `arn:aws:elasticfilesystem:${region}:${account}:access-point/${id}` },
      };
    }
    await cloud.world.clock.sleep(lookMs, signal);
  }
}

export const accessPoint = resource("AWS::EFS::AccessPoint", {
  coverage: {
    real: ["AccessPointTags", "ClientToken", "FileSystemId", "PosixUser", "RootDirectory"],
    recorded: ["PosixUser.SecondaryGids"],
    note: "What a task makes through it belongs, in the task's eyes, to its user; on this machine to the user who runs the cloud.",
  },
  async create(request) {
    const { properties, call } = request;
    const { PosixUser: user, RootDirectory: root } = properties;
    const { own, system } = ownTags(request, properties.AccessPointTags);
    const { AccessPointId: id } = await call(
      "efs",
      "CreateAccessPoint",
      withSystemTags(
        {
          ClientToken: tokenOf(request),
          FileSystemId: properties.FileSystemId,
          Tags: own,
          ...(user && {
            PosixUser: {
              Uid: Number(user.Uid),
              Gid: Number(user.Gid),
              ...(user.SecondaryGids && { SecondaryGids: user.SecondaryGids.map(Number) }),
            },
          }),
          ...(root && {
            RootDirectory: {
              ...(root.Path !== undefined && { Path: root.Path }),
              ...(root.CreationInfo && {
                CreationInfo: {
                  OwnerUid: Number(root.CreationInfo.OwnerUid),
                  OwnerGid: Number(root.CreationInfo.OwnerGid),
                  Permissions: root.CreationInfo.Permissions,
                },
              }),
            },
          }),
        },
        system,
      ),
    );
    return await available(request, id!);
  },
  // Everything but tags replaces.
  async update(request) {
    await changeTags(request, request.physicalId, request.previous.AccessPointTags, request.properties.AccessPointTags);
    return await available(request, request.physicalId);
  },
  async delete({ call, physicalId }) {
    try {
      await call("efs", "DeleteAccessPoint", { AccessPointId: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "AccessPointNotFound")) throw error;
    }
  },
  async find(request) {
    const { FileSystemId } = request.properties;
    for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
      const page = await request.call("efs", "DescribeAccessPoints", { FileSystemId, ...(token !== undefined && { NextToken: token }) });
      const own = page.AccessPoints!.find(({ ClientToken }) => ClientToken === tokenOf(request));
      if (own) return await available(request, own.AccessPointId!);
      token = page.NextToken;
    }
    return undefined;
  },
});
