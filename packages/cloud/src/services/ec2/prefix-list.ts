/** Prefix lists: those that AWS keeps for its gateway endpoints, and those of the account. */
import type { OperationContext } from "../../service.ts";
import { defaultId } from "./ids.ts";
import { prefixLists } from "./shelf.ts";

/** What AWS keeps for S3 and DynamoDB; the blocks are of the ranges that AWS publishes for eu-central-1. */
const awsLists: Readonly<Record<string, readonly string[]>> = {
  s3: ["3.5.134.0/23", "3.5.136.0/22", "16.12.24.0/21", "52.219.44.0/22", "52.219.72.0/22", "52.219.168.0/24"],
  dynamodb: ["3.3.7.0/24", "52.94.17.0/24", "52.119.188.0/22"],
};

export interface AnyPrefixList {
  id: string;
  name: string;
  family: "IPv4" | "IPv6";
  version: number;
  maxEntries?: number;
  owner: string;
  entries: { Cidr: string; Description?: string }[];
}

const awsList = (context: OperationContext, name: string): AnyPrefixList => ({
  id: defaultId("AWS", context.region, "pl", name),
  name: `com.amazonaws.${context.region}.${name}`,
  family: "IPv4",
  version: 1,
  owner: "AWS",
  entries: awsLists[name]!.map((Cidr) => ({ Cidr })),
});

/** The AWS list of a gateway service, as `com.amazonaws.eu-central-1.s3`. */
export const prefixListOfService = (context: OperationContext, serviceName: string) =>
  awsList(context, serviceName.slice(serviceName.lastIndexOf(".") + 1));

export const awsPrefixLists = (context: OperationContext) => Object.keys(awsLists).map((name) => awsList(context, name));

export const allPrefixLists = (context: OperationContext): AnyPrefixList[] => [
  ...awsPrefixLists(context),
  ...prefixLists(context)
    .list()
    .map(({ id, name, family, version, maxEntries, versions }) => ({
      id,
      name,
      family,
      version,
      maxEntries,
      owner: context.account,
      entries: versions.at(-1)!.entries,
    })),
];
