/** AWS::AppRunner::ObservabilityConfiguration: every change makes another. */
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import type { Input } from "../../../aws.ts";
import { describeObservability, observabilities } from "../observability.ts";
import { ownTags } from "./stack-tags.ts";

interface Described {
  ObservabilityConfigurationArn?: string | undefined;
  ObservabilityConfigurationRevision?: number | undefined;
  Latest?: boolean | undefined;
}

const made = ({
  ObservabilityConfigurationArn: arn = "",
  ObservabilityConfigurationRevision: revision = 1,
  Latest = true,
}: Described): Made => ({
  physicalId: arn,
  attributes: { ObservabilityConfigurationArn: arn, ObservabilityConfigurationRevision: revision, Latest },
});

export const observabilityConfiguration = resource("AWS::AppRunner::ObservabilityConfiguration", {
  coverage: { real: ["ObservabilityConfigurationName", "Tags"], recorded: ["TraceConfiguration"] },
  async create(request) {
    const { ObservabilityConfigurationName: name, TraceConfiguration, Tags } = request.properties;
    const { own, system } = ownTags(request, Tags);
    const input = {
      ObservabilityConfigurationName: name ?? request.physicalName(32),
      ...(TraceConfiguration && { TraceConfiguration }),
      Tags: own,
    } as Input<"apprunner", "CreateObservabilityConfiguration">;
    const answer = await request.call(
      "apprunner",
      "CreateObservabilityConfiguration",
      withOrigin(input, { tags: system, token: request.token }),
    );
    return made(answer.ObservabilityConfiguration!);
  },
  async delete({ call, physicalId }) {
    try {
      await call("apprunner", "DeleteObservabilityConfiguration", { ObservabilityConfigurationArn: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
  async find({ cloud, account, region, token }) {
    const scope = { cloud, account, region };
    const found = observabilities(scope).find((each) => each.token === token);
    return found && made(describeObservability(scope, found));
  },
});
