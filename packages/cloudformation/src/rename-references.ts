/** Other names for what a value refers to. */
import { asFunction } from "./walk.ts";

/** `value` in which `Ref`, `Fn::GetAtt` and `Fn::Sub` name what `names` says instead; a variable of a `Fn::Sub` keeps its name. */
export function renameReferences<T>(value: T, names: ReadonlyMap<string, string>): T {
  if (names.size === 0) return value;
  const renamed = (name: string): string => names.get(name) ?? name;
  const dotted = (text: string): string => {
    const dot = text.indexOf(".");
    return dot < 0 ? renamed(text) : renamed(text.slice(0, dot)) + text.slice(dot);
  };
  const subText = (text: string, variables: object): string =>
    text.replace(/\$\{([^!}][^}]*)\}/g, (whole, name: string) => (Object.hasOwn(variables, name) ? whole : `\${${dotted(name)}}`));
  const visit = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== "object" || part === null) return part;
    const call = asFunction(part);
    if (call?.name === "Ref" && typeof call.argument === "string") return { Ref: renamed(call.argument) };
    if (call?.name === "Fn::GetAtt") {
      const { argument } = call;
      if (typeof argument === "string") return { "Fn::GetAtt": dotted(argument) };
      if (Array.isArray(argument) && typeof argument[0] === "string") {
        return { "Fn::GetAtt": [renamed(argument[0]), ...argument.slice(1).map(visit)] };
      }
    }
    if (call?.name === "Fn::Sub") {
      const { argument } = call;
      if (typeof argument === "string") return { "Fn::Sub": subText(argument, {}) };
      if (Array.isArray(argument) && typeof argument[0] === "string") {
        const variables: unknown = argument[1] ?? {};
        return { "Fn::Sub": [subText(argument[0], variables as object), visit(variables)] };
      }
    }
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(value) as T;
}
