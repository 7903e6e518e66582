/** AWS::IAM::Policy: one inline policy on each of its roles, users and groups. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";
import type { Call } from "../../../service.ts";
import { added, gone, textOf } from "./documents.ts";

type Properties = ResourceProperties["AWS::IAM::Policy"];

export const policy = resource("AWS::IAM::Policy", {
  coverage: { real: ["Groups", "PolicyDocument", "PolicyName", "Roles", "Users"] },
  // Putting the same policy again changes nothing, so an interrupted create is simply done once more.
  async create(request) {
    await put(request.call, request.properties);
    const id = request.physicalName(128);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update({ call, properties, previous, physicalId }) {
    await put(call, properties);
    const renamed = properties.PolicyName !== previous.PolicyName;
    await remove(call, {
      PolicyName: previous.PolicyName,
      PolicyDocument: previous.PolicyDocument,
      Roles: renamed ? previous.Roles : added(previous.Roles, properties.Roles),
      Users: renamed ? previous.Users : added(previous.Users, properties.Users),
      Groups: renamed ? previous.Groups : added(previous.Groups, properties.Groups),
    } as Properties);
    return { physicalId, attributes: { Id: physicalId } };
  },
  delete: ({ call, properties }) => remove(call, properties),
});

async function put(call: Call, { PolicyName, PolicyDocument: document, Roles = [], Users = [], Groups = [] }: Properties): Promise<void> {
  if (Roles.length + Users.length + Groups.length === 0)
    throw new AwsError("ValidationError", "At least one of [Groups,Roles,Users] must be non-empty.");
  const PolicyDocument = textOf(document);
  for (const RoleName of Roles) await call("iam", "PutRolePolicy", { RoleName, PolicyName, PolicyDocument });
  for (const UserName of Users) await call("iam", "PutUserPolicy", { UserName, PolicyName, PolicyDocument });
  for (const GroupName of Groups) await call("iam", "PutGroupPolicy", { GroupName, PolicyName, PolicyDocument });
}

async function remove(call: Call, { PolicyName, Roles = [], Users = [], Groups = [] }: Properties): Promise<void> {
  for (const RoleName of Roles) await gone(() => call("iam", "DeleteRolePolicy", { RoleName, PolicyName }));
  for (const UserName of Users) await gone(() => call("iam", "DeleteUserPolicy", { UserName, PolicyName }));
  for (const GroupName of Groups) await gone(() => call("iam", "DeleteGroupPolicy", { GroupName, PolicyName }));
}
