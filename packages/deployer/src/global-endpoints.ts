/**
 * Where the writers of databases over several regions answer. RDS tells it once a global cluster stands, and CloudFormation does not (docs/decisions/0046):
 * so the stack that makes the cluster is told afterwards, by a parameter, and again whenever a proxy is to be passed by or taken again.
 */
import type { ParameterSource, Stack } from "@plinth/compiler";
import { isAwsError, type Aws, type Output } from "./aws.ts";

/** By the name of the parameter. */
export type GlobalEndpoints = ReadonlyMap<string, string>;

type Source = Extract<ParameterSource, { from: "global-endpoint" }>;

export const globalEndpointSources = ({ parameters }: Stack): [parameter: string, source: Source][] =>
  Object.entries(parameters).flatMap(([name, source]) => (source.from === "global-endpoint" ? [[name, source] as [string, Source]] : []));

/** Asks in the stack's region; nothing for a global cluster that does not stand yet. */
export async function lookUpGlobalEndpoints(aws: Aws, stack: Stack): Promise<GlobalEndpoints> {
  const found = await Promise.all(
    globalEndpointSources(stack).map(async ([name, { globalCluster, elsewhere }]) => {
      const global = await describeGlobalCluster(aws.in(stack.region), globalCluster);
      const writer = global?.GlobalClusterMembers?.find(({ IsWriter }) => IsWriter)?.DBClusterArn;
      const writesHere = writer === undefined || regionOfArn(writer) === stack.region;
      return global?.Endpoint === undefined ? [] : [[name, elsewhere && writesHere ? "" : global.Endpoint] as const];
    }),
  );
  return new Map(found.flat());
}

export type GlobalCluster = NonNullable<NonNullable<Output<"rds", "DescribeGlobalClusters">["GlobalClusters"]>[number]>;

export async function describeGlobalCluster(aws: Aws, GlobalClusterIdentifier: string): Promise<GlobalCluster | undefined> {
  try {
    return (await aws.call("rds", "DescribeGlobalClusters", { GlobalClusterIdentifier })).GlobalClusters?.[0];
  } catch (error) {
    if (isAwsError(error, "GlobalClusterNotFoundFault")) return undefined;
    throw error;
  }
}

export const regionOfArn = (arn: string): string => arn.split(":")[3]!;
