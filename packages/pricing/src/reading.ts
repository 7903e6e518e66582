/** Reading evaluated properties, of which nobody has checked the form: a value that is not there or not known yet is `undefined`. */
import { isOpen } from "./stack-reading.ts";

type Properties = Readonly<Record<string, unknown>>;

/** Text that is known before the deploy. */
export function text(properties: Properties | undefined, name: string): string | undefined {
  const value = properties?.[name];
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  return isOpen(String(value)) ? undefined : String(value);
}

/** A number, or text that is one. */
export function figure(properties: Properties | undefined, name: string): number | undefined {
  const value = text(properties, name);
  return value === undefined || value.trim() === "" || !Number.isFinite(Number(value)) ? undefined : Number(value);
}

/** Whether it is written down but only a deploy knows it. */
export const isUnknown = (properties: Properties, name: string): boolean =>
  properties[name] !== undefined && text(properties, name) === undefined;

export const holds = (properties: Properties | undefined, name: string): boolean => text(properties, name) === "true";

export function list(properties: Properties | undefined, name: string): unknown[] {
  const value = properties?.[name];
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

export function map(properties: Properties | undefined, name: string): Properties | undefined {
  const value = properties?.[name];
  return asMap(value);
}

export const asMap = (value: unknown): Properties | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Properties) : undefined;

export const maps = (properties: Properties | undefined, name: string): Properties[] =>
  list(properties, name)
    .map(asMap)
    .filter((one) => one !== undefined);
