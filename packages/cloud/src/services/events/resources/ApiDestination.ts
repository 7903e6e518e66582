/** AWS::Events::ApiDestination. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import type { Input } from "../../../aws.ts";
import { type Made, resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";

type Properties = ResourceProperties["AWS::Events::ApiDestination"];

const inputOf = ({ Name: _name, ...rest }: Properties, name: string) =>
  ({ Name: name, ...rest }) as Input<"events", "CreateApiDestination">;

const made = (name: string, Arn = ""): Made => ({ physicalId: name, attributes: { Arn, ArnForPolicy: Arn.replace(/\/[^/]*$/u, "") } });

export const apiDestination = resource("AWS::Events::ApiDestination", {
  coverage: {
    real: ["ConnectionArn", "Description", "HttpMethod", "InvocationEndpoint", "Name"],
    recorded: ["InvocationRateLimitPerSecond"],
    note: "Only endpoints on this machine are called; events for others go to the target's dead-letter queue.",
  },
  /** Safe to repeat: the token is that of the act. */
  async create(request) {
    const { call, properties, token } = request;
    const name = properties.Name ?? request.physicalName(64);
    const input = withOrigin(inputOf(properties, name), { tags: {}, token });
    return made(name, (await call("events", "CreateApiDestination", input)).ApiDestinationArn);
  },
  update: async ({ call, physicalId, properties }) =>
    made(physicalId, (await call("events", "UpdateApiDestination", inputOf(properties, physicalId))).ApiDestinationArn),
  async delete({ call, physicalId }) {
    try {
      await call("events", "DeleteApiDestination", { Name: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
});
