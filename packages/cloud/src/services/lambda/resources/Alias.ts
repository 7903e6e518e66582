/** AWS::Lambda::Alias. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::Lambda::Alias"];

const inputOf = ({ FunctionName, Name, FunctionVersion, Description = "", RoutingConfig }: Properties) => ({
  FunctionName,
  Name,
  FunctionVersion,
  Description,
  RoutingConfig: {
    AdditionalVersionWeights: Object.fromEntries(
      (RoutingConfig?.AdditionalVersionWeights ?? []).map((one) => [one.FunctionVersion, Number(one.FunctionWeight)]),
    ),
  },
});

const made = (arn: string): Made => ({ physicalId: arn, attributes: { AliasArn: arn } });

export const lambdaAlias = resource("AWS::Lambda::Alias", {
  coverage: {
    real: ["Description", "FunctionName", "FunctionVersion", "Name", "RoutingConfig"],
    refused: { ProvisionedConcurrencyConfig: "no process is kept warm" },
  },
  async create({ call, properties }: ResourceRequest<Properties>) {
    return made((await call("lambda", "CreateAlias", inputOf(properties))).AliasArn!);
  },
  /** An interrupted attempt had made the one that says the same; another's says something else, and is refused by `create`. */
  async find({ call, properties }) {
    const wanted = inputOf(properties);
    try {
      const found = await call("lambda", "GetAlias", { FunctionName: wanted.FunctionName, Name: wanted.Name });
      return found.FunctionVersion === wanted.FunctionVersion && found.Description === wanted.Description
        ? made(found.AliasArn!)
        : undefined;
    } catch (error) {
      if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
      throw error;
    }
  },
  async update({ call, properties }) {
    return made((await call("lambda", "UpdateAlias", inputOf(properties))).AliasArn!);
  },
  async delete({ call, properties: { FunctionName, Name } }) {
    await call("lambda", "DeleteAlias", { FunctionName, Name }).catch((error: unknown) => {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    });
  },
});
