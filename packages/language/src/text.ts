/** Text with references in it, put together when they are known. */
import type { standsInBrowser, standsInEnv, standsInText, standsInUses, Textable } from "./env.ts";

/** The symbol below which a text keeps its parts. */
export const textParts: unique symbol = Symbol.for("plinth.text");

/** A text with references. */
export interface Text {
  readonly [textParts]: readonly (string | Textable)[];
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "a text cannot stand in uses: name what is in it";
  readonly [standsInText]: "may stand in text";
  readonly [standsInBrowser]: "may reach the browser";
}

/** Puts text together with things that are known only after the deploy: ``text`${api}/v1` ``. What is named in it is reached. */
export function text(literals: TemplateStringsArray, ...values: readonly (string | number | boolean | Textable)[]): Text {
  const parts: (string | Textable)[] = [];
  literals.forEach((literal, i) => {
    if (literal !== "") parts.push(literal);
    const value = values[i];
    if (value !== undefined) parts.push(typeof value === "object" ? value : String(value));
  });
  return { [textParts]: parts } as unknown as Text;
}

/** The parts of a text, or `undefined` for anything else. */
export function textPartsOf(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== "object" || value === null || !(textParts in value)) return undefined;
  return value[textParts] as readonly unknown[];
}
