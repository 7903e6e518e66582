/** API destinations: HTTP endpoints as targets. */
import type { Cloud } from "../../cloud.ts";
import { destinationNotFound } from "./errors.ts";
import type { Place } from "./place.ts";

export interface ApiDestination {
  name: string;
  arn: string;
  description?: string;
  connectionArn: string;
  /** Its `*` are filled with the target's path parameters. */
  endpoint: string;
  method: string;
  /** Calls a second, at most. */
  rateLimit: number;
  createdMs: number;
  modifiedMs: number;
  /** Of CloudFormation's act that made it, so that the same act again makes no second one. */
  token?: string;
}

export const destinations = (cloud: Cloud) => cloud.store.collection<ApiDestination>("events.api-destination");

/** Throws where there is none. */
export function requireDestination({ cloud, region }: Place, name: string): ApiDestination {
  const found = destinations(cloud).get(region, name);
  if (!found) throw destinationNotFound(name);
  return found;
}

export const describeDestination = (own: ApiDestination) => ({
  ApiDestinationArn: own.arn,
  Name: own.name,
  ApiDestinationState: "ACTIVE" as const,
  ConnectionArn: own.connectionArn,
  InvocationEndpoint: own.endpoint,
  HttpMethod: own.method as "POST",
  InvocationRateLimitPerSecond: own.rateLimit,
  CreationTime: new Date(own.createdMs),
  LastModifiedTime: new Date(own.modifiedMs),
});
