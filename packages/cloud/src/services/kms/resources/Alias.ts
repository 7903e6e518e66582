/** AWS::KMS::Alias. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { findAlias } from "../aliases.ts";
import { peekKey } from "../key-reference.ts";

type Properties = ResourceProperties["AWS::KMS::Alias"];

const made = (name: string) => ({ physicalId: name, attributes: {} });

export const alias = resource("AWS::KMS::Alias", {
  coverage: { real: ["AliasName", "TargetKeyId"] },
  async create({ properties: { AliasName, TargetKeyId }, call }) {
    await call("kms", "CreateAlias", { AliasName, TargetKeyId });
    return made(AliasName);
  },
  /** An alias carries no tags: one that points where the template says is the interrupted act's. */
  async find({ properties: { AliasName, TargetKeyId }, ...place }: ResourceRequest<Properties>) {
    const found = findAlias(place.cloud, place.region, AliasName);
    return found && found.targetId === peekKey(place, TargetKeyId)?.id ? made(AliasName) : undefined;
  },
  async update({ properties: { TargetKeyId }, physicalId, call }) {
    await call("kms", "UpdateAlias", { AliasName: physicalId, TargetKeyId });
    return made(physicalId);
  },
  async delete({ physicalId, call }) {
    try {
      await call("kms", "DeleteAlias", { AliasName: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "NotFoundException")) throw error;
    }
  },
});
