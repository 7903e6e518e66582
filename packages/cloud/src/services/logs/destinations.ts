/** Destinations of subscription filters. Recorded: what they would lead to (Kinesis, Firehose) is not there. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";

export interface Destination {
  destinationName: string;
  targetArn: string;
  roleArn: string;
  accessPolicy?: string;
  arn: string;
  creationTime: number;
  tags: Record<string, string>;
}

export const destinations = (cloud: Cloud) => cloud.store.collection<Destination>("logs.destination");

export function findDestination({ cloud, region }: OperationContext, name: string): Destination {
  const found = destinations(cloud).get(region, name);
  if (!found) throw new AwsError("ResourceNotFoundException", "The specified destination does not exist.");
  return found;
}
