/** AWS::Events::Connection. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import type { Input } from "../../../aws.ts";
import { type Made, resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";

type Properties = ResourceProperties["AWS::Events::Connection"];

const settingsOf = ({ AuthParameters, AuthorizationType, Description }: Properties) =>
  ({
    ...(AuthorizationType !== undefined && { AuthorizationType }),
    ...(AuthParameters && { AuthParameters }),
    ...(Description !== undefined && { Description }),
  }) as Omit<Input<"events", "CreateConnection">, "Name">;

async function made(call: Call, name: string): Promise<Made> {
  const { ConnectionArn = "", SecretArn = "" } = await call("events", "DescribeConnection", { Name: name });
  return { physicalId: name, attributes: { Arn: ConnectionArn, ArnForPolicy: ConnectionArn.replace(/\/[^/]*$/u, ""), SecretArn } };
}

const lattice = "connections do not go through VPC Lattice in the embedded cloud";

export const connection = resource("AWS::Events::Connection", {
  coverage: {
    real: ["AuthParameters", "AuthorizationType", "Description", "Name"],
    recorded: ["KmsKeyIdentifier"],
    refused: { "AuthParameters.ConnectivityParameters": lattice, InvocationConnectivityParameters: lattice },
  },
  /** Safe to repeat: the token is that of the act. */
  async create(request) {
    const { call, properties, token } = request;
    const Name = properties.Name ?? request.physicalName(64);
    const { KmsKeyIdentifier } = properties;
    const input = { Name, ...settingsOf(properties), ...(KmsKeyIdentifier !== undefined && { KmsKeyIdentifier }) };
    await call("events", "CreateConnection", withOrigin(input, { tags: {}, token }));
    return made(call, Name);
  },
  async update({ call, physicalId, properties }) {
    await call("events", "UpdateConnection", { Name: physicalId, ...settingsOf(properties) });
    return made(call, physicalId);
  },
  async delete({ call, physicalId }) {
    try {
      await call("events", "DeleteConnection", { Name: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
});
