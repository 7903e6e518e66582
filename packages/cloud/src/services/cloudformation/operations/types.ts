/** The resource types that this cloud makes, as the registry lists AWS's own: ListTypes, DescribeType. */
import { type ResourceTypeSchema, resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { loadAll, type OperationContext, operation } from "../../../service.ts";
import { check } from "../constraints.ts";
import { validationError } from "../errors.ts";
import { page } from "../page.ts";
import { registrySchema } from "../registry-schema.ts";

const mostAtOnce = 100;
const provisioningTypes = ["NON_PROVISIONABLE", "IMMUTABLE", "FULLY_MUTABLE"];

/** All are public ones of AWS: there are no private types, and nothing of a third party is activated. */
export const listTypes = operation("cloudformation", "ListTypes", async (input, context) => {
  // AWS's default is PRIVATE.
  const { Visibility = "PRIVATE", Type, ProvisioningType, DeprecatedStatus = "LIVE", Filters, MaxResults = mostAtOnce } = input;
  check("visibility", Visibility, { values: ["PUBLIC", "PRIVATE"] });
  check("type", Type, { values: ["RESOURCE", "MODULE", "HOOK"] });
  check("provisioningType", ProvisioningType, { values: provisioningTypes });
  check("deprecatedStatus", DeprecatedStatus, { values: ["LIVE", "DEPRECATED"] });
  check("filters.category", Filters?.Category, { values: ["REGISTERED", "ACTIVATED", "THIRD_PARTY", "AWS_TYPES"] });
  check("maxResults", MaxResults, { minimum: 1 });
  const isOfAws = Visibility === "PUBLIC" && (Type ?? "RESOURCE") === "RESOURCE" && DeprecatedStatus === "LIVE";
  const isAsked = (Filters?.Category ?? "AWS_TYPES") === "AWS_TYPES" && (Filters?.PublisherId ?? "AWS") === "AWS";
  const names = isOfAws && isAsked ? await servedTypes(context.cloud) : [];
  const found = names.filter(
    (name) =>
      name.startsWith(Filters?.TypeNamePrefix ?? "") && (ProvisioningType === undefined || provisioningOf(name) === ProvisioningType),
  );
  const { items, nextToken } = page(found, input.NextToken, Math.min(MaxResults, mostAtOnce), (name) => name);
  return {
    TypeSummaries: items.map((name) => ({
      Type: "RESOURCE" as const,
      TypeName: name,
      TypeArn: arnOf(name, context),
      PublisherId: "AWS",
      PublisherName: "AWS",
      IsActivated: true,
    })),
    NextToken: nextToken,
  };
});

export const describeType = operation("cloudformation", "DescribeType", async (input, context) => {
  const { Type = "RESOURCE", TypeName, Arn } = input;
  check("type", Type, { values: ["RESOURCE", "MODULE", "HOOK"] });
  if (Arn === undefined && TypeName === undefined) throw validationError("Either Arn or TypeName and Type must be specified.");
  const served = (await servedTypes(context.cloud)).filter(() => Type === "RESOURCE");
  const name = served.find((one) => (Arn === undefined ? one === TypeName : arnOf(one, context) === Arn));
  if (name === undefined) {
    const asked = TypeName ?? Arn?.slice(Arn.lastIndexOf("/") + 1).replaceAll("-", "::");
    throw new AwsError("TypeNotFoundException", `The type '${asked}' cannot be found.`, 404);
  }
  const schema = resourceTypeSchema(name);
  return {
    Arn: arnOf(name, context),
    Type: "RESOURCE" as const,
    TypeName: name,
    IsDefaultVersion: true,
    ...(schema && { Schema: JSON.stringify(registrySchema(schema)) }),
    ProvisioningType: provisioningOf(name),
    DeprecatedStatus: "LIVE" as const,
    Visibility: "PUBLIC" as const,
    PublisherId: "AWS",
    IsActivated: true,
  };
});

const servedTypes = async ({ services }: Cloud): Promise<string[]> =>
  (await loadAll(services)).flatMap(({ resources = {} }) => Object.keys(resources)).sort();

/** AWS's own types belong to no account. */
const arnOf = (name: string, { region }: OperationContext) =>
  `arn:aws:cloudformation:${region}::type/resource/${name.replaceAll("::", "-")}`;

function provisioningOf(name: string): "IMMUTABLE" | "FULLY_MUTABLE" {
  const properties: ResourceTypeSchema["properties"] = resourceTypeSchema(name)?.properties ?? {};
  const isFixed = Object.values(properties).every(({ replacement }) => replacement === "yes");
  return isFixed ? "IMMUTABLE" : "FULLY_MUTABLE";
}
