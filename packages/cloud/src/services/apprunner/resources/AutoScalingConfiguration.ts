/** AWS::AppRunner::AutoScalingConfiguration: every change makes another. */
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import { autoScalings, describeAutoScaling } from "../auto-scaling.ts";
import { ownTags } from "./stack-tags.ts";

interface Described {
  AutoScalingConfigurationArn?: string | undefined;
  AutoScalingConfigurationRevision?: number | undefined;
  Latest?: boolean | undefined;
}

const made = ({
  AutoScalingConfigurationArn: arn = "",
  AutoScalingConfigurationRevision: revision = 1,
  Latest = true,
}: Described): Made => ({
  physicalId: arn,
  attributes: { AutoScalingConfigurationArn: arn, AutoScalingConfigurationRevision: revision, Latest },
});

export const autoScalingConfiguration = resource("AWS::AppRunner::AutoScalingConfiguration", {
  coverage: { real: ["AutoScalingConfigurationName", "MaxConcurrency", "MaxSize", "MinSize", "Tags"] },
  async create(request) {
    const { MaxConcurrency, MaxSize, MinSize, AutoScalingConfigurationName: name, Tags } = request.properties;
    const { own, system } = ownTags(request, Tags);
    const input = {
      AutoScalingConfigurationName: name ?? request.physicalName(32),
      ...(MaxConcurrency !== undefined && { MaxConcurrency }),
      ...(MaxSize !== undefined && { MaxSize }),
      ...(MinSize !== undefined && { MinSize }),
      Tags: own,
    };
    const answer = await request.call(
      "apprunner",
      "CreateAutoScalingConfiguration",
      withOrigin(input, { tags: system, token: request.token }),
    );
    return made(answer.AutoScalingConfiguration!);
  },
  async delete({ call, physicalId }) {
    try {
      await call("apprunner", "DeleteAutoScalingConfiguration", { AutoScalingConfigurationArn: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
  async find({ cloud, account, region, token }) {
    const scope = { cloud, account, region };
    const found = autoScalings(scope).find((each) => each.token === token);
    return found && made(describeAutoScaling(scope, found));
  },
});
