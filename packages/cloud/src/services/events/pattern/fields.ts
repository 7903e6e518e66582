/** An event taken apart: each value at the end of a path, and through which elements of which arrays the path leads there. */
import { isObject, type Scalar } from "./condition.ts";

export interface Field {
  value: Scalar;
  /** The element of each array on the way, by the array's own place in the event. */
  elements: ReadonlyMap<string, number>;
}

/** By path, its keys joined by dots: so a key with dots in it is found by nested keys, and the other way round, as on AWS. */
export type Fields = ReadonlyMap<string, readonly Field[]>;

export function fieldsOf(event: unknown): Fields {
  const fields = new Map<string, Field[]>();
  /** @param place where in the event it lies, indices included: it tells arrays apart that have the same path. */
  const visit = (value: unknown, path: string, place: string, elements: ReadonlyMap<string, number>) => {
    if (Array.isArray(value)) {
      for (const [index, each] of value.entries()) visit(each, path, `${place}[${index}]`, new Map(elements).set(place, index));
    } else if (isObject(value)) {
      for (const [key, each] of Object.entries(value)) visit(each, path === "" ? key : `${path}.${key}`, `${place}.${key}`, elements);
    } else {
      const known = fields.get(path);
      if (known) known.push({ value: value as Scalar, elements });
      else fields.set(path, [{ value: value as Scalar, elements }]);
    }
  };
  visit(event, "", "", new Map());
  return fields;
}
