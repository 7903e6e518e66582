/** Aliases: names for versions, which one can move, or spread over two. */
import type { AliasConfiguration, AliasRoutingConfiguration } from "@aws-sdk/client-lambda";
import type { Cloud } from "../../cloud.ts";
import { check, functionNotFound, invalidValue } from "./errors.ts";
import { functionArn, type PermissionStatement, type Place } from "./function.ts";
import { versionKey, versions } from "./version.ts";

export interface Alias {
  functionName: string;
  name: string;
  version: string;
  description: string;
  /** The share of another version, between 0 and 1; the rest is `version`'s. */
  weights: Record<string, number>;
  revisionId: string;
  /** The statements of its own policy. */
  permissions: PermissionStatement[];
}

export const aliases = (cloud: Cloud) => cloud.store.collection<Alias>("lambda.alias");
export const aliasKey = (functionName: string, name: string): string => `${functionName}/${name}`;
export const aliasesOf = ({ cloud, region }: Place, functionName: string): Alias[] => aliases(cloud).list(region, `${functionName}/`);
export const aliasArn = (place: Place, { functionName, name }: Pick<Alias, "functionName" | "name">): string =>
  `${functionArn(place, functionName)}:${name}`;

export function keepAlias(place: Place, changed: Alias): Alias {
  const kept = { ...changed, revisionId: place.cloud.world.random.uuid() };
  aliases(place.cloud).put(place.region, aliasKey(kept.functionName, kept.name), kept);
  return kept;
}

export function removeAliases(place: Place, functionName: string): void {
  for (const { name } of aliasesOf(place, functionName)) aliases(place.cloud).delete(place.region, aliasKey(functionName, name));
}

/** @throws ResourceNotFoundException for a version that is none, InvalidParameterValueException for weights that make no sense. */
export function checkRouting(place: Place, functionName: string, version: string, weights: Readonly<Record<string, number>>): void {
  const exists = (one: string) => versions(place.cloud).has(place.region, versionKey(functionName, one));
  if (version !== "$LATEST" && !exists(version)) throw functionNotFound(`${functionArn(place, functionName)}:${version}`);
  const others = Object.entries(weights);
  if (others.length === 0) return;
  if (others.length > 1) throw invalidValue("Number of items in AdditionalVersionWeights cannot be greater than 1");
  const [other, weight] = others[0]!;
  check({
    "routingConfig.additionalVersionWeights": [other, { pattern: "[0-9]+" }],
    "routingConfig.additionalVersionWeights.value": [weight, { range: [0, 1] }],
  });
  if (version === "$LATEST") throw invalidValue("$LATEST is not supported for an alias pointing to more than 1 version");
  if (other === version)
    throw invalidValue(`Invalid function version ${other}. Function version ${other} is already included in routing configuration.`);
  if (!exists(other)) throw functionNotFound(`${functionArn(place, functionName)}:${other}`);
}

export const weightsOf = (routing: AliasRoutingConfiguration | undefined): Record<string, number> =>
  ({ ...routing?.AdditionalVersionWeights }) as Record<string, number>;

/** The version that the next call of the alias goes to. */
export function drawn({ cloud }: Place, { version, weights }: Alias): string {
  const [other] = Object.entries(weights);
  if (!other) return version;
  const share = Number.parseInt(cloud.world.random.hex(8), 16) / 0x1_0000_0000;
  return share < other[1] ? other[0] : version;
}

export const shownAlias = (place: Place, of: Alias): AliasConfiguration => ({
  AliasArn: aliasArn(place, of),
  Name: of.name,
  FunctionVersion: of.version,
  Description: of.description,
  RevisionId: of.revisionId,
  ...(Object.keys(of.weights).length > 0 && { RoutingConfig: { AdditionalVersionWeights: of.weights } }),
});
