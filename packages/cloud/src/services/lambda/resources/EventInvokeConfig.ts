/** AWS::Lambda::EventInvokeConfig. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { resource } from "../../../resource.ts";
import { unlessGone } from "../../../stack-tags.ts";
import type { Call } from "../../../service.ts";

type Properties = ResourceProperties["AWS::Lambda::EventInvokeConfig"];

/** Putting replaces what stands: creating, repeating it and changing it are one. */
async function put(call: Call, properties: Properties) {
  const { FunctionName, Qualifier, MaximumEventAgeInSeconds, MaximumRetryAttempts, DestinationConfig } = properties;
  await call("lambda", "PutFunctionEventInvokeConfig", {
    FunctionName,
    Qualifier,
    ...(MaximumEventAgeInSeconds !== undefined && { MaximumEventAgeInSeconds: Number(MaximumEventAgeInSeconds) }),
    ...(MaximumRetryAttempts !== undefined && { MaximumRetryAttempts: Number(MaximumRetryAttempts) }),
    DestinationConfig: DestinationConfig ?? {},
  });
  return { physicalId: `${FunctionName}|${Qualifier}`, attributes: {} };
}

export const lambdaEventInvokeConfig = resource("AWS::Lambda::EventInvokeConfig", {
  coverage: {
    real: ["DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"],
    note: "Destinations: SQS, SNS and Lambda; others are refused by name.",
  },
  create: ({ call, properties }) => put(call, properties),
  update: ({ call, properties }) => put(call, properties),
  async delete({ call, properties: { FunctionName, Qualifier } }) {
    await call("lambda", "DeleteFunctionEventInvokeConfig", { FunctionName, Qualifier }).catch(unlessGone);
  },
});
