/** As much of JSON Schema as plan.schema.json uses: what does not hold, by path. A keyword that is not known here fails. */

type Schema = { readonly [keyword: string]: unknown };

const about = new Set(["$schema", "$defs", "title", "description"]);

export function schemaFaults(schema: Schema, value: unknown, root: Schema = schema, path = "#"): string[] {
  const faults: string[] = [];
  const fault = (words: string) => faults.push(`${path} ${words}`);
  for (const [keyword, wanted] of Object.entries(schema)) {
    if (about.has(keyword)) continue;
    switch (keyword) {
      case "$ref": {
        const definition = (root["$defs"] as Record<string, Schema>)[String(wanted).replace("#/$defs/", "")];
        if (!definition) throw new Error(`no ${String(wanted)}`);
        faults.push(...schemaFaults(definition, value, root, path));
        break;
      }
      case "type":
        if (!hasType(value, wanted)) fault(`is ${JSON.stringify(value)}, no ${String(wanted)}`);
        break;
      case "enum":
        if (!(wanted as unknown[]).includes(value)) fault(`is ${JSON.stringify(value)}, none of ${JSON.stringify(wanted)}`);
        break;
      case "minimum":
        if (Number(value) < Number(wanted)) fault(`is below ${String(wanted)}`);
        break;
      case "pattern":
        if (!new RegExp(String(wanted)).test(String(value))) fault(`is ${JSON.stringify(value)}, not as ${String(wanted)}`);
        break;
      case "items":
        if (Array.isArray(value))
          value.forEach((item, index) => faults.push(...schemaFaults(wanted as Schema, item, root, `${path}/${index}`)));
        break;
      case "required":
        for (const name of wanted as string[]) if (!isMap(value) || !Object.hasOwn(value, name)) fault(`has no ${name}`);
        break;
      case "properties":
        for (const [name, inner] of Object.entries(wanted as Record<string, Schema>))
          if (isMap(value) && Object.hasOwn(value, name)) faults.push(...schemaFaults(inner, value[name], root, `${path}/${name}`));
        break;
      case "additionalProperties":
        if (wanted === false && isMap(value)) {
          const known = Object.keys((schema["properties"] ?? {}) as object);
          for (const name of Object.keys(value)) if (!known.includes(name)) fault(`has a strange ${name}`);
        }
        break;
      default:
        throw new Error(`the keyword ${keyword} is not known here`);
    }
  }
  return faults;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function hasType(value: unknown, type: unknown): boolean {
  if (type === "object") return isMap(value);
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}
