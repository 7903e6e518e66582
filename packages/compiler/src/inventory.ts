/** The inventory of an app: everything it returned, by name. */
import {
  declaredOf,
  facetDataOf,
  textPartsOf,
  type AnyDeclared,
  type Declared,
  type DeclaredApp,
  type Kind,
} from "@plinth/language/reading";
import type { FaultList } from "./faults.ts";
import { kebab, logicalId } from "./names.ts";

/** A declaration with the name that the inventory gives it. */
export interface Named<K extends Kind = Kind> {
  readonly key: string;
  /** The stem of its logical ids. */
  readonly id: string;
  /** Its name in AWS's own style. */
  readonly kebab: string;
  readonly declared: Declared<K>;
}

export interface NamedInventory {
  /** In the order in which the app returned them. */
  readonly all: readonly Named[];
  of<K extends Kind>(kind: K): Named<K>[];
  find(declared: AnyDeclared): Named | undefined;
  /** Whether it was returned at all, be it under a name that cannot stand. */
  returned(declared: AnyDeclared): boolean;
}

export type NamedDatabase = Named<"postgres"> | Named<"aurora">;

/** All databases, on RDS and on Aurora. */
export function databasesOf({ all }: Pick<NamedInventory, "all">): NamedDatabase[] {
  return all.filter(({ declared }) => declared.kind === "postgres" || declared.kind === "aurora") as unknown as NamedDatabase[];
}

const keyPattern = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

/** Walks what the app returned and gives names; faults of naming are added to `faults`. */
export function nameInventory({ inventory, notes }: DeclaredApp, faults: FaultList): NamedInventory {
  const all: Named[] = [];
  const byDeclared = new Map<AnyDeclared, Named>();
  const byKey = new Map<string, Named>();
  /** By what AWS would tell it apart: the logical id without case, and the name in kebab case. */
  const byName = new Map<string, Named>();
  const returned = new Set<AnyDeclared>();

  const add = (key: string, declared: AnyDeclared): void => {
    returned.add(declared);
    const earlier = byDeclared.get(declared);
    if (earlier) {
      faults.add({
        code: "returned-twice",
        key: earlier.key,
        message: `the ${declared.word} of ${faults.where(declared.source)} is returned under two names, ${earlier.key} and ${key}: keep one`,
        at: declared.source,
      });
      return;
    }
    const same = byKey.get(key);
    if (same) {
      faults.add({
        code: "same-name",
        key,
        message: `two resources are called ${key}: ${faults.where(same.declared.source)} and ${faults.where(declared.source)}; a group does not make a name different`,
        at: declared.source,
      });
      return;
    }
    if (!keyPattern.test(key)) {
      faults.add({
        code: "bad-name",
        key,
        message: `${JSON.stringify(key)} cannot be a name: write 1 to 40 letters, digits and "_", a letter first`,
        at: declared.source,
      });
      return;
    }
    const named = { key, id: logicalId(key), kebab: kebab(key), declared } as unknown as Named;
    const alike = byName.get(named.id.toLowerCase()) ?? byName.get(named.kebab);
    if (alike) {
      faults.add({
        code: "alike-names",
        key,
        message: `${alike.key} and ${key} would be called the same in AWS, ${alike.kebab}: rename one`,
        at: declared.source,
      });
    }
    all.push(named);
    for (const name of [named.id.toLowerCase(), named.kebab]) if (!byName.has(name)) byName.set(name, named);
    byDeclared.set(declared, named);
    byKey.set(key, named);
  };

  const walk = (group: unknown, path: string): void => {
    if (typeof group !== "object" || group === null) {
      faults.add({
        code: "not-a-resource",
        message: `${path || "the app"} returns ${describe(group)}: return an object of resources by name`,
      });
      return;
    }
    for (const [key, value] of Object.entries(group)) {
      if (value === undefined) continue;
      const at = path === "" ? key : `${path}.${key}`;
      const declared = declaredOf(value);
      const facet = facetDataOf(value);
      if (declared) add(key, declared);
      else if (facet) {
        faults.add({
          code: "not-a-resource",
          key,
          message: `${at} is the .${facet.facet} of the ${facet.of.word} of ${faults.where(facet.of.source)}: return the ${facet.of.word} itself`,
          at: facet.of.source,
        });
      } else if (typeof value === "object" && value !== null && !Array.isArray(value) && !textPartsOf(value)) walk(value, at);
      else {
        faults.add({
          code: "not-a-resource",
          key,
          message: `${at} is ${describe(value)}: the app returns resources, and groups of them`,
        });
      }
    }
  };
  walk(inventory, "");

  for (const { of, source } of notes.joined) {
    faults.add({
      code: "joined-into-string",
      ...(byDeclared.has(of) && { key: byDeclared.get(of)!.key }),
      message: `the ${of.word} of ${faults.where(of.source)} is joined into a string: its address is known only after the deploy; write text\`…\``,
      at: source,
    });
  }

  return {
    all,
    of: <K extends Kind>(kind: K) => all.filter((named) => named.declared.kind === kind) as unknown as Named<K>[],
    find: (declared) => byDeclared.get(declared),
    returned: (declared) => returned.has(declared),
  };
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (textPartsOf(value)) return "a text";
  if (Array.isArray(value)) return "an array";
  return `a ${typeof value}`;
}
