/** What ties a queue to a function: the record, its name, and how it is described. */
import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import type { Cloud } from "../../cloud.ts";
import type { Place } from "./function.ts";

export interface EventSourceMapping {
  uuid: string;
  functionName: string;
  qualifier?: string;
  /** With the qualifier, where there is one. */
  functionArn: string;
  queueArn: string;
  /** How many messages a call is given at most. */
  batchSize: number;
  /** How long messages are gathered for. */
  windowSeconds: number;
  enabled: boolean;
  /** That the function says which messages it could not do (ReportBatchItemFailures). */
  reportsFailures: boolean;
  /** How many calls run at once at most; absent: as many as Lambda begins with. */
  maximumConcurrency?: number;
  modifiedMs: number;
  tags: Record<string, string>;
  systemTags: Record<string, string>;
}

export const eventSourceMappings = (cloud: Cloud) => cloud.store.collection<EventSourceMapping>("lambda.event-source-mapping");

export const mappingArn = ({ account, region }: Pick<Place, "account" | "region">, uuid: string): string =>
  `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid}`;

export const shownMapping = (place: Place, of: EventSourceMapping, state?: string): EventSourceMappingConfiguration => ({
  UUID: of.uuid,
  BatchSize: of.batchSize,
  MaximumBatchingWindowInSeconds: of.windowSeconds,
  EventSourceArn: of.queueArn,
  FunctionArn: of.functionArn,
  LastModified: new Date(of.modifiedMs),
  State: state ?? (of.enabled ? "Enabled" : "Disabled"),
  StateTransitionReason: "USER_INITIATED",
  FunctionResponseTypes: of.reportsFailures ? ["ReportBatchItemFailures"] : [],
  ...(of.maximumConcurrency !== undefined && { ScalingConfig: { MaximumConcurrency: of.maximumConcurrency } }),
  EventSourceMappingArn: mappingArn(place, of.uuid),
});
