/** AWS::Lambda::Version: what the function is at that moment. Every change is another version. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import { unlessGone } from "../../../stack-tags.ts";

type Properties = ResourceProperties["AWS::Lambda::Version"];

export const lambdaVersion = resource("AWS::Lambda::Version", {
  coverage: {
    real: ["CodeSha256", "Description", "FunctionName"],
    refused: {
      FunctionScalingConfig: "functions run as processes of this machine",
      ProvisionedConcurrencyConfig: "no process is kept warm",
      RuntimePolicy: "the runtimes are this machine's",
    },
  },
  /** Safe to repeat: the version knows the act that published it. */
  async create({ call, properties, tags, token }) {
    const { FunctionName, Description, CodeSha256 }: Properties = properties;
    const { FunctionArn = "", Version = "" } = await call(
      "lambda",
      "PublishVersion",
      withOrigin(
        { FunctionName, ...(Description !== undefined && { Description }), ...(CodeSha256 !== undefined && { CodeSha256 }) },
        { tags, token },
      ),
    );
    return { physicalId: FunctionArn, attributes: { FunctionArn, Version } };
  },
  async delete({ call, physicalId }) {
    const at = physicalId.lastIndexOf(":");
    await call("lambda", "DeleteFunction", { FunctionName: physicalId.slice(0, at), Qualifier: physicalId.slice(at + 1) }).catch(
      unlessGone,
    );
  },
});
