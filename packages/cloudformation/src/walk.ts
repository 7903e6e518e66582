/** Going through a template's values: which function a value is, and what it refers to. */
import { getAttArguments, subArguments, subParts } from "./functions.ts";

/** The name and argument of the function that a value is: a map of one key, `Ref` or `Fn::…`. */
export function asFunction(value: unknown): { name: string; argument: unknown } | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // Asked of every map of every template, nearly none of which is one: the second key ends it, and no list of keys is made.
  let name: string | undefined;
  for (const key in value) {
    if (name !== undefined || !(key === "Ref" || key.startsWith("Fn::"))) return undefined;
    name = key;
  }
  return name === undefined ? undefined : { name, argument: (value as Record<string, unknown>)[name] };
}

/** A name that a value refers to; `attribute` where it is `Fn::GetAtt`'s (or `${A.B}`'s). */
export interface Reference {
  name: string;
  attribute?: string;
}

/**
 * Everything that `value` refers to by `Ref`, `Fn::GetAtt` and `Fn::Sub`, pseudo parameters included. Of a `Fn::If` only the
 * branch that `conditions` chooses, where it is given.
 */
export function references(value: unknown, conditions?: Readonly<Record<string, boolean>>): Reference[] {
  const found: Reference[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) return part.forEach(visit);
    if (typeof part !== "object" || part === null) return;
    const call = asFunction(part);
    if (!call) return Object.values(part).forEach(visit);
    switch (call.name) {
      case "Ref":
        if (typeof call.argument === "string") found.push({ name: call.argument });
        return;
      case "Fn::GetAtt": {
        const [name, attribute] = getAttArguments(call.argument);
        found.push({ name, ...(typeof attribute === "string" ? { attribute } : {}) });
        visit(attribute);
        return;
      }
      case "Fn::Sub": {
        const { template, variables } = subArguments(call.argument);
        for (const piece of subParts(template)) {
          if (!("name" in piece) || Object.hasOwn(variables, piece.name)) continue;
          const dot = piece.name.indexOf(".");
          found.push(dot < 0 ? { name: piece.name } : { name: piece.name.slice(0, dot), attribute: piece.name.slice(dot + 1) });
        }
        Object.values(variables).forEach(visit);
        return;
      }
      case "Fn::If": {
        const [condition, yes, no] = Array.isArray(call.argument) ? call.argument : [];
        if (conditions && typeof condition === "string" && condition in conditions) return visit(conditions[condition] ? yes : no);
        visit(yes);
        visit(no);
        return;
      }
      default:
        visit(call.argument);
    }
  };
  visit(value);
  return found;
}

/**
 * What stands in a member of a map, of each map of a list, and of what `Fn::If` chooses between (its branch alone, where `conditions` is
 * given). Where another function stands for the map, that: the member may be anywhere in it.
 */
export function membersNamed(value: unknown, member: string, conditions?: Readonly<Record<string, boolean>>): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => membersNamed(one, member, conditions));
  if (typeof value !== "object" || value === null) return [];
  const call = asFunction(value);
  if (!call) return Object.hasOwn(value, member) ? [(value as Record<string, unknown>)[member]] : [];
  if (call.name !== "Fn::If" || !Array.isArray(call.argument)) return [value];
  const [condition, yes, no] = call.argument as unknown[];
  const holds = typeof condition === "string" ? conditions?.[condition] : undefined;
  return (holds === undefined ? [yes, no] : [holds ? yes : no]).flatMap((one) => membersNamed(one, member, conditions));
}
