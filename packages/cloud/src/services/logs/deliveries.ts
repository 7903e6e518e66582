/** Vended log deliveries: sources, destinations, and what connects them. Recorded: no service of the embedded cloud vends logs. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { Collection } from "../../store.ts";

export interface DeliveryDestination {
  name: string;
  arn: string;
  deliveryDestinationType: "S3" | "CWL" | "FH" | "XRAY";
  outputFormat?: string;
  deliveryDestinationConfiguration?: { destinationResourceArn: string };
  policy?: string;
  tags: Record<string, string>;
}

export interface DeliverySource {
  name: string;
  arn: string;
  resourceArns: string[];
  service: string;
  logType: string;
  tags: Record<string, string>;
}

export interface Delivery {
  id: string;
  arn: string;
  deliverySourceName: string;
  deliveryDestinationArn: string;
  deliveryDestinationType: DeliveryDestination["deliveryDestinationType"];
  recordFields?: string[];
  fieldDelimiter?: string;
  s3DeliveryConfiguration?: { suffixPath?: string; enableHiveCompatiblePath?: boolean };
  tags: Record<string, string>;
}

export const deliveryDestinations = (cloud: Cloud) => cloud.store.collection<DeliveryDestination>("logs.deliveryDestination");
export const deliverySources = (cloud: Cloud) => cloud.store.collection<DeliverySource>("logs.deliverySource");
export const deliveries = (cloud: Cloud) => cloud.store.collection<Delivery>("logs.delivery");

export const conflict = (message: string) => new AwsError("ConflictException", message);
export const validation = (message: string) => new AwsError("ValidationException", message);

/** The item of a name or id, which has to be there. */
export function findDeliveryItem<T>(items: Collection<T>, region: string, key: string, what: string): T {
  const found = items.get(region, key);
  if (!found) throw new AwsError("ResourceNotFoundException", `Requested ${what} resource does not exist in this account.`);
  return found;
}
