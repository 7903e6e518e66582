/** AWS::IAM::InstanceProfile. */
import { instanceProfiles } from "../../../identity/entities.ts";
import { resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { gone } from "./documents.ts";

export const instanceProfile = resource("AWS::IAM::InstanceProfile", {
  coverage: { real: ["InstanceProfileName", "Path", "Roles"], note: "There are no instances to take it." },
  async create(request) {
    const { properties, call, cloud, token } = request;
    const name = properties.InstanceProfileName ?? request.physicalName(128);
    if (instanceProfiles(cloud).get(name)?.token !== token) {
      const input = { InstanceProfileName: name, ...(properties.Path !== undefined && { Path: properties.Path }) };
      await call("iam", "CreateInstanceProfile", withOrigin(input, { tags: {}, token }));
    }
    try {
      await setRoles(call, name, properties.Roles);
    } catch (error) {
      await remove(call, name);
      throw error;
    }
    return made(call, name);
  },
  async update({ call, physicalId, properties }) {
    await setRoles(call, physicalId, properties.Roles);
    return made(call, physicalId);
  },
  delete: ({ call, physicalId }) => remove(call, physicalId),
});

/** Before anything changes, so that roles already there stay. */
async function setRoles(call: Call, InstanceProfileName: string, wanted: readonly string[]): Promise<void> {
  const { InstanceProfile } = await call("iam", "GetInstanceProfile", { InstanceProfileName });
  const standing = (InstanceProfile!.Roles ?? []).map(({ RoleName }) => RoleName!);
  for (const RoleName of standing)
    if (!wanted.includes(RoleName)) await call("iam", "RemoveRoleFromInstanceProfile", { InstanceProfileName, RoleName });
  for (const RoleName of wanted)
    if (!standing.includes(RoleName)) await call("iam", "AddRoleToInstanceProfile", { InstanceProfileName, RoleName });
}

const remove = (call: Call, InstanceProfileName: string) =>
  gone(async () => {
    await setRoles(call, InstanceProfileName, []);
    await call("iam", "DeleteInstanceProfile", { InstanceProfileName });
  });

async function made(call: Call, name: string) {
  const { InstanceProfile } = await call("iam", "GetInstanceProfile", { InstanceProfileName: name });
  return { physicalId: name, attributes: { Arn: InstanceProfile!.Arn! } };
}
