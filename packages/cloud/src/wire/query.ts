/** The query protocols' requests: `Filters.Filter.1.Name=x` and EC2's `Filter.1.Name=x`, by schema. */
import { deepest, MalformedContent, pathText, type Path, type Reading } from "./fault.ts";
import type { Member, Shape, Structure } from "./model.ts";
import { scalarFromText } from "./scalar-text.ts";

export type QueryDialect = "query" | "ec2";

/** Parameters as a tree, split at the dots. */
interface Node {
  text: string | undefined;
  children: Map<string, Node> | undefined;
}

export function readQuery(parameters: URLSearchParams, input: Structure, dialect: QueryDialect, reading: Reading): Record<string, unknown> {
  const root: Node = { text: undefined, children: undefined };
  for (const [key, text] of parameters) {
    const parts = key.split(".");
    if (parts.length > deepest) throw new MalformedContent("The request is nested too deeply", true);
    let at = root;
    for (const part of parts) {
      at.children ??= new Map();
      let next = at.children.get(part);
      if (!next) at.children.set(part, (next = { text: undefined, children: undefined }));
      at = next;
    }
    at.text ??= text;
  }
  return readStructure(input, root, dialect, reading, undefined);
}

function readStructure(
  shape: Structure,
  node: Node,
  dialect: QueryDialect,
  reading: Reading,
  path: Path | undefined,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const member of shape.members.values()) {
    const found = node.children?.get(queryName(member, dialect));
    const value = found && readNode(member, found, dialect, reading, { parent: path, name: member.name });
    if (value !== undefined) result[member.name] = value;
    else if (member.required) {
      reading.missing.push({ path: pathText({ parent: path, name: member.name }), name: queryName(member, dialect) });
    }
  }
  return result;
}

function queryName({ name, traits }: Member, dialect: QueryDialect): string {
  if (dialect === "query") {
    // A flattened list goes by its members' name, which is its own.
    return traits.xmlName ?? name;
  }
  if (traits.ec2QueryName) return traits.ec2QueryName;
  const plain = traits.xmlName ?? name;
  return plain[0]!.toUpperCase() + plain.slice(1);
}

function readNode(member: Member, node: Node, dialect: QueryDialect, reading: Reading, path: Path): unknown {
  const shape = member.shape;
  switch (shape.kind) {
    case "structure":
      return readStructure(shape, node, dialect, reading, path);
    case "list": {
      const flat = dialect === "ec2" || member.traits.xmlFlattened === 1;
      const holder = flat ? node : (node.children?.get(shape.member.traits.xmlName ?? "member") ?? node.children?.get("member") ?? node);
      return numbered(holder).map((each, index) => {
        const at = { parent: { parent: path, name: String(index + 1) }, name: "member" };
        return present(readNode(shape.member, each, dialect, reading, at), shape.member.shape, at, reading);
      });
    }
    case "map": {
      const holder = member.traits.xmlFlattened === 1 ? node : (node.children?.get("entry") ?? node);
      const entries = numbered(holder).map((entry): [string, unknown] => {
        const key = entry.children?.get(shape.key.traits.xmlName ?? "key")?.text ?? "";
        const valueNode = entry.children?.get(shape.value.traits.xmlName ?? "value");
        const at = { parent: path, name: key || "''" };
        const value = valueNode && readNode(shape.value, valueNode, dialect, reading, at);
        return [key, present(value, shape.value.shape, at, reading)];
      });
      return Object.fromEntries(entries);
    }
    default:
      return node.text === undefined ? undefined : scalarFromText(shape, node.text);
  }
}

function present(value: unknown, shape: Shape, path: Path, reading: Reading): unknown {
  if (value === undefined && shape.kind !== "structure") reading.missing.push({ path: pathText(path), name: pathText(path) });
  return value;
}

/** The children with a number for a name, in the numbers' order, whatever these are (AWS takes gaps). */
function numbered(node: Node): Node[] {
  if (!node.children) return [];
  return [...node.children]
    .filter(([name]) => /^\d+$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
