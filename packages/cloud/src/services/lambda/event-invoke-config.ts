/** What is done with asynchronous calls of a function, a version or an alias: how often they are tried, how long, and where their ends are told. */
import type { FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import type { Cloud } from "../../cloud.ts";
import { functionArn, type Place } from "./function.ts";

export interface EventInvokeConfig {
  functionName: string;
  /** `$LATEST` where none was given. */
  qualifier: string;
  maximumRetryAttempts?: number;
  maximumEventAgeSeconds?: number;
  onSuccess?: string;
  onFailure?: string;
  modifiedMs: number;
}

export const eventInvokeConfigs = (cloud: Cloud) => cloud.store.collection<EventInvokeConfig>("lambda.event-invoke-config");
export const configKey = (functionName: string, qualifier = "$LATEST"): string => `${functionName}/${qualifier}`;

export function removeEventInvokeConfigs({ cloud, region }: Place, functionName: string): void {
  for (const { key } of eventInvokeConfigs(cloud).entries(region, `${functionName}/`)) eventInvokeConfigs(cloud).delete(region, key);
}

export const shownConfig = (place: Place, of: EventInvokeConfig): FunctionEventInvokeConfig => ({
  LastModified: new Date(of.modifiedMs),
  FunctionArn: `${functionArn(place, of.functionName)}:${of.qualifier}`,
  ...(of.maximumRetryAttempts !== undefined && { MaximumRetryAttempts: of.maximumRetryAttempts }),
  ...(of.maximumEventAgeSeconds !== undefined && { MaximumEventAgeInSeconds: of.maximumEventAgeSeconds }),
  DestinationConfig: {
    OnSuccess: of.onSuccess === undefined ? {} : { Destination: of.onSuccess },
    OnFailure: of.onFailure === undefined ? {} : { Destination: of.onFailure },
  },
});
