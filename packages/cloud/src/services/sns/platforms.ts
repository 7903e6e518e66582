/**
 * Mobile push: platform applications and the devices' endpoints. Recorded: the cloud calls no push service; what would be pushed lies
 * in the mailbox.
 */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { invalidParameter } from "./errors.ts";

export interface PlatformApplication {
  arn: string;
  /** As `APNS`. */
  platform: string;
  name: string;
  /** Without `PlatformCredential` and `PlatformPrincipal`, which are not kept: nobody is called with them. */
  attributes: Record<string, string>;
}

export interface PlatformEndpoint {
  arn: string;
  applicationArn: string;
  /** `Token`, `Enabled`, `CustomUserData`. */
  attributes: Record<string, string>;
}

export const applications = (cloud: Cloud) => cloud.store.collection<PlatformApplication>("sns.platformApplication");
export const endpoints = (cloud: Cloud) => cloud.store.collection<PlatformEndpoint>("sns.platformEndpoint");

type Place = { cloud: Cloud; region: string };

export function findApplication({ cloud, region }: Place, arn: string | undefined): PlatformApplication {
  const parts = (arn ?? "").split(":");
  if (parts.length < 6) throw invalidParameter(`PlatformApplicationArn Reason: An ARN must have at least 6 elements, not ${parts.length}`);
  const found = applications(cloud).get(region, arn!);
  if (!found) throw new AwsError("NotFound", "PlatformApplication does not exist", 404);
  return found;
}

export function findEndpoint({ cloud, region }: Place, arn: string | undefined): PlatformEndpoint {
  const parts = (arn ?? "").split(":");
  if (parts.length < 6) throw invalidParameter(`EndpointArn Reason: An ARN must have at least 6 elements, not ${parts.length}`);
  const found = endpoints(cloud).get(region, arn!);
  if (!found) throw new AwsError("NotFound", "Endpoint does not exist", 404);
  return found;
}

export const endpointsOf = ({ cloud, region }: Place, applicationArn: string): PlatformEndpoint[] =>
  endpoints(cloud).list(region, `${applicationArn.replace(":app/", ":endpoint/")}/`);
