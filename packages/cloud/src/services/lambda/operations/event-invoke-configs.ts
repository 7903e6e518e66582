/** How asynchronous calls are tried and where their ends are told: Put, Update, Get, Delete and List of FunctionEventInvokeConfig. */
import type { DestinationConfig } from "@aws-sdk/client-lambda";
import { operation } from "../../../service.ts";
import { checkDestination } from "../destinations.ts";
import { check, invalidValue, notFound } from "../errors.ts";
import { configKey, type EventInvokeConfig, eventInvokeConfigs, shownConfig } from "../event-invoke-config.ts";
import { checkRegion, findFunction, functionArn, functionName, type LambdaFunction, type Place } from "../function.ts";
import { lambdaPage } from "../page.ts";
import { findQualified, type Qualified } from "../qualified.ts";

interface Given {
  MaximumRetryAttempts?: number | undefined;
  MaximumEventAgeInSeconds?: number | undefined;
  DestinationConfig?: DestinationConfig | undefined;
}

function settingsOf(
  place: Place,
  { arn: ownArn, roleArn }: LambdaFunction,
  { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig }: Given,
) {
  check({
    maximumRetryAttempts: [MaximumRetryAttempts, { range: [0, 2] }],
    maximumEventAgeInSeconds: [MaximumEventAgeInSeconds, { range: [60, 21_600] }],
  });
  if (MaximumRetryAttempts === undefined && MaximumEventAgeInSeconds === undefined && DestinationConfig === undefined)
    throw invalidValue("You must specify at least one of error handling or destination setting.");
  const [onSuccess, onFailure] = [DestinationConfig?.OnSuccess?.Destination, DestinationConfig?.OnFailure?.Destination];
  for (const arn of [onSuccess, onFailure])
    if (arn === ownArn) throw invalidValue("You can't specify the function as a destination for itself.");
    else if (arn !== undefined) checkDestination(place, roleArn, arn, ["sqs", "sns", "lambda", "events"]);
  return {
    ...(MaximumRetryAttempts !== undefined && { maximumRetryAttempts: MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds !== undefined && { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
    ...(onSuccess !== undefined && { onSuccess }),
    ...(onFailure !== undefined && { onFailure }),
  };
}

function keep(place: Place, config: Omit<EventInvokeConfig, "modifiedMs">) {
  const kept = { ...config, modifiedMs: place.cloud.world.clock.nowMs() };
  eventInvokeConfigs(place.cloud).put(place.region, configKey(kept.functionName, kept.qualifier), kept);
  return shownConfig(place, kept);
}

function find(place: Place, given: string, givenQualifier: string | undefined): EventInvokeConfig {
  const { name, qualifier = "$LATEST" } = functionName(given, givenQualifier);
  checkRegion(place, given);
  const found = eventInvokeConfigs(place.cloud).get(place.region, configKey(name, qualifier));
  if (!found) {
    const arn = `${functionArn(place, name)}:${qualifier}`;
    throw notFound(`The function ${arn} doesn't have an EventInvokeConfig`);
  }
  return found;
}

/** Here an absent function is not named. */
function must(place: Place, given: string, givenQualifier: string | undefined): Qualified {
  const found = findQualified(place, given, givenQualifier);
  if (!found) throw notFound("The function doesn't exist.");
  return found;
}

export const putFunctionEventInvokeConfig = operation("lambda", "PutFunctionEventInvokeConfig", (input, context) => {
  const { of } = must(context, input.FunctionName, input.Qualifier);
  const { qualifier = "$LATEST" } = functionName(input.FunctionName, input.Qualifier);
  return keep(context, { functionName: of.name, qualifier, ...settingsOf(context, of, input) });
});

export const updateFunctionEventInvokeConfig = operation("lambda", "UpdateFunctionEventInvokeConfig", (input, context) => {
  const { of } = must(context, input.FunctionName, input.Qualifier);
  return keep(context, { ...find(context, input.FunctionName, input.Qualifier), ...settingsOf(context, of, input) });
});

export const getFunctionEventInvokeConfig = operation("lambda", "GetFunctionEventInvokeConfig", ({ FunctionName, Qualifier }, context) =>
  shownConfig(context, find(context, FunctionName, Qualifier)),
);

export const deleteFunctionEventInvokeConfig = operation(
  "lambda",
  "DeleteFunctionEventInvokeConfig",
  ({ FunctionName, Qualifier }, context) => {
    const { functionName: name, qualifier } = find(context, FunctionName, Qualifier);
    eventInvokeConfigs(context.cloud).delete(context.region, configKey(name, qualifier));
    return {};
  },
);

export const listFunctionEventInvokeConfigs = operation(
  "lambda",
  "ListFunctionEventInvokeConfigs",
  ({ FunctionName, ...asked }, context) => {
    const { name } = findFunction(context, FunctionName);
    const all = eventInvokeConfigs(context.cloud).list(context.region, `${name}/`);
    const { items, next } = lambdaPage(all, asked, ({ qualifier }) => qualifier);
    return { FunctionEventInvokeConfigs: items.map((one) => shownConfig(context, one)), ...next };
  },
);
