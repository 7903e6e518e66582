/** EnableHttpEndpoint, DisableHttpEndpoint: whether statements come to a cluster over HTTP (services/rds-data). */
import { AwsError } from "../../../aws-error.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { changeCluster, clusters } from "../aurora/cluster.ts";

export const enableHttpEndpoint = operation("rds", "EnableHttpEndpoint", ({ ResourceArn }, context) => turn(context, ResourceArn!, true));
export const disableHttpEndpoint = operation("rds", "DisableHttpEndpoint", ({ ResourceArn }, context) =>
  turn(context, ResourceArn!, false),
);

function turn({ cloud, region }: OperationContext, arn: string, httpEndpoint: boolean) {
  const identifier = /^arn:[^:]*:rds:[^:]*:[^:]*:cluster:(.+)$/.exec(arn)?.[1]?.toLowerCase();
  if (identifier === undefined || !clusters(cloud).has(region, identifier))
    throw new AwsError("ResourceNotFoundFault", `The specified resource ID was not found: ${arn}`, 404);
  changeCluster(cloud, region, identifier, ({ settings }) => (settings.httpEndpoint = httpEndpoint));
  return { ResourceArn: arn, HttpEndpointEnabled: httpEndpoint };
}
