/** What AWS publishes of a resource type, in the compact form that `generated/schemas.json` holds. */

/** A type of a property's value. `ref` names a structure in the same schema's `definitions`. */
export type PropertyType =
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "json"
  | "date-time"
  | { list: PropertyType }
  | { map: PropertyType }
  | { ref: string }
  | { union: PropertyType[] };

export interface PropertySchema {
  type: PropertyType;
  required?: true;
  /** `yes`: changing it replaces the resource. `maybe`: it depends on the change. Absent: it is changed in place. */
  replacement?: "yes" | "maybe";
  /** The closed list of values, where AWS publishes one. */
  values?: string[];
  pattern?: string;
  /** Bounds of a number, or of the length of a string, inclusive. */
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

export interface ResourceTypeSchema {
  type: string;
  properties: Record<string, PropertySchema>;
  definitions: Record<string, Record<string, PropertySchema>>;
  /** What `Fn::GetAtt` can name, dotted paths included. */
  attributes: string[];
  primaryIdentifier: string[];
  /** Whether AWS marks it as holding data. */
  stateful: boolean;
}
