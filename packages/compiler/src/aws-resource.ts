/** Any other CloudFormation resource, as the user wrote it. */
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { facetDataOf, type AnyDeclared } from "@plinth/language/reading";
import { deleted, type Compilation, type Target } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { Made, Value } from "./value.ts";

export interface BuiltAws extends Target {
  readonly made: Made;
  readonly named: Named<"aws">;
  value(facet: string, detail: string | readonly string[] | undefined): Value;
}

/** Builds all `aws` resources; one may name others in its properties. */
export function buildAwsResources(compilation: Compilation): Map<AnyDeclared, BuiltAws> {
  const { draft, inventory, faults } = compilation;
  const built = new Map<AnyDeclared, BuiltAws>();
  const building = new Set<AnyDeclared>();

  const build = (named: Named<"aws">): BuiltAws => {
    const done = built.get(named.declared);
    if (done) return done;
    const { type, properties, layer = "messaging", keep = false } = named.declared.options;
    if (building.has(named.declared)) throw new Error(`${named.key} names itself`);
    building.add(named.declared);
    for (const of of references(properties)) {
      const other = inventory.find(of);
      if (other?.declared.kind === "aws" && of !== named.declared) build(other as Named<"aws">);
    }
    const made = draft.addAny(layer, named.id, compilation.origin(named), (here) => ({
      Type: type,
      ...(keep ? { DeletionPolicy: "RetainExceptOnCreate" as const, UpdateReplacePolicy: "Retain" as const } : deleted),
      Properties: replaceReferences(properties, (of, facet, detail) => {
        const target = built.get(of);
        if (!target) {
          faults.add({
            code: "cannot-stand-here",
            key: named.key,
            message: `${named.key}: the ${of.kind} of ${faults.where(of.source)} cannot stand in the properties of an aws resource: name the .ref or .attribute(…) of another aws resource that the app returns`,
            at: named.declared.source,
          });
          return undefined;
        }
        return here.take(target.value(facet, detail));
      }) as Record<string, unknown>,
    }));
    const value: BuiltAws["value"] = (facet, detail) => (facet === "attribute" ? made.attribute(String(detail)) : made.ref());
    const arn = arnOf(type, named.declared.options.arn, made);
    const target: BuiltAws = {
      made,
      named,
      value,
      inject: (facet, detail) => ({ kind: "open", value: (here) => here.take(value(facet ?? "ref", detail)) }),
      grants: (facet, detail) =>
        facet === "allow" && Array.isArray(detail) ? [{ actions: detail as string[], resources: (here) => [here.take(arn)] }] : [],
    };
    built.set(named.declared, target);
    return target;
  };
  for (const named of inventory.of("aws")) build(named);
  return built;
}

/** Its ARN: the attribute that was said, `Arn` or the type's own `…Arn` where the schema has it, else its `Ref`. */
function arnOf(type: string, given: string | undefined, made: Made): Value {
  if (given !== undefined) return given === "Ref" ? made.ref() : made.attribute(given);
  const attributes = resourceTypeSchema(type)?.attributes ?? [];
  const name = type.split("::")[2] ?? "";
  const found = ["Arn", `${name}Arn`].find((attribute) => attributes.includes(attribute));
  return found === undefined ? made.ref() : made.attribute(found);
}

function references(value: unknown): AnyDeclared[] {
  const facet = facetDataOf(value);
  if (facet) return [facet.of];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(references) : [];
}

function replaceReferences(
  value: unknown,
  replace: (of: AnyDeclared, facet: string, detail: string | readonly string[] | undefined) => unknown,
): unknown {
  const facet = facetDataOf(value);
  if (facet) return replace(facet.of, facet.facet, facet.detail);
  if (Array.isArray(value)) return value.map((item: unknown) => replaceReferences(item, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaceReferences(member, replace)]));
}
