/** AWS::CloudFormation::WaitConditionHandle: a URL to signal; often a place holder in a template that needs one resource. */
import { resource } from "../../../resource.ts";

export const waitConditionHandle = resource("AWS::CloudFormation::WaitConditionHandle", {
  coverage: { real: [], note: "The URL receives no signals: AWS::CloudFormation::WaitCondition is not served." },
  // The same at each attempt, and nothing else is kept of it.
  async create({ region, stackId, logicalId, token }) {
    const url = `https://cloudformation-waitcondition-${region}.s3.${region}.amazonaws.com/${encodeURIComponent(stackId)}/${token}/${logicalId}`;
    return { physicalId: url, attributes: { Id: url } };
  },
  async delete() {
    // There is nothing behind the URL.
  },
});
