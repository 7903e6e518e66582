/** DescribeDBInstances: one by name or ARN, or all that the filters let through. */
import { markerPage } from "../../../marker-pages.ts";
import { operation } from "../../../service.ts";
import { engineOf, findInstance, type Instance, instances } from "../instance.ts";
import { instanceShape } from "../instance-shape.ts";
import { arnOf } from "../names.ts";
import { applyFilters } from "../filters.ts";

export const describeDBInstances = operation("rds", "DescribeDBInstances", (input, context) => {
  const { cloud, region } = context;
  const named = input.DBInstanceIdentifier?.replace(/^arn:.*:db:/, "");
  const all = named ? [findInstance(cloud, region, named)] : instances(cloud).list(region);
  const filtered = applyFilters(all, input.Filters, {
    "db-instance-id": ({ identifier }: Instance) => [identifier, arnOf(context, "db", identifier)],
    "dbi-resource-id": ({ resourceId }: Instance) => [resourceId],
    engine: (instance: Instance) => [engineOf(instance)],
    "db-cluster-id": () => [],
    domain: () => [],
  });
  const { items, Marker } = markerPage(filtered, input, ({ identifier }) => identifier, "DBInstances");
  return { DBInstances: items.map((instance) => instanceShape(context, instance)), ...(Marker && { Marker }) };
});
