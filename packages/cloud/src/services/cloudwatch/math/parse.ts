/** Metric math: reads an expression into a tree. Source: "Using math expressions with CloudWatch metrics" in AWS's guide. */
import { validationError } from "../errors.ts";

export type Node =
  | { kind: "number"; value: number }
  | { kind: "text"; value: string }
  | { kind: "name"; name: string }
  | { kind: "list"; items: Node[] }
  | { kind: "call"; name: string; arguments: Node[] }
  | { kind: "operator"; operator: Operator; left: Node; right: Node }
  | { kind: "negative"; of: Node };

export type Operator = "+" | "-" | "*" | "/" | "^" | "==" | "!=" | ">" | "<" | ">=" | "<=" | "&&" | "||";

const binding: Readonly<Record<Operator, number>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  ">": 3,
  "<": 3,
  ">=": 3,
  "<=": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "^": 6,
};

/** Throws ValidationError as AWS does, naming the expression's id. */
export function parseExpression(text: string, id: string): Node {
  const tokens = tokenize(text);
  let at = 0;
  const fail = () => validationError(`Error in expression '${id}': Syntax error, please check the expression: ${text}`);
  const take = (wanted: string) => {
    if (tokens[at] !== wanted) throw fail();
    at++;
  };

  function operation(least: number): Node {
    let left = operand();
    for (;;) {
      const operator = (tokens[at] ?? "").replace(/^AND$/u, "&&").replace(/^OR$/u, "||") as Operator;
      const strength = Object.hasOwn(binding, operator) ? binding[operator] : 0;
      if (strength < least || strength === 0) return left;
      at++;
      const right = operation(operator === "^" ? strength : strength + 1);
      left = { kind: "operator", operator, left, right };
    }
  }

  function operand(): Node {
    const token = tokens[at++];
    if (token === undefined) throw fail();
    if (token === "-") return { kind: "negative", of: operation(6) };
    if (token === "+") return operation(6);
    if (token === "(") {
      const inner = operation(1);
      take(")");
      return inner;
    }
    if (token === "[") return { kind: "list", items: items("]") };
    if (/^[\d.]/u.test(token)) return { kind: "number", value: Number(token) };
    if (token.startsWith('"') || token.startsWith("'")) return { kind: "text", value: token.slice(1, -1) };
    if (!/^[A-Za-z]/u.test(token)) throw fail();
    if (tokens[at] !== "(") return { kind: "name", name: token };
    at++;
    return { kind: "call", name: token.toUpperCase(), arguments: items(")") };
  }

  function items(end: string): Node[] {
    const found: Node[] = [];
    if (tokens[at] === end) {
      at++;
      return found;
    }
    for (;;) {
      found.push(operation(1));
      if (tokens[at] === end) {
        at++;
        return found;
      }
      take(",");
    }
  }

  function tokenize(source: string): string[] {
    const found =
      source.match(/\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|[A-Za-z]\w*|"[^"]*"|'[^']*'|==|!=|>=|<=|&&|\|\||[-+*/^()[\],<>]|\S/gu) ?? [];
    return [...found];
  }

  const tree = operation(1);
  if (at < tokens.length) throw fail();
  return tree;
}

/** The ids that an expression names. */
export function namesIn(node: Node): string[] {
  switch (node.kind) {
    case "name":
      return [node.name];
    case "list":
      return node.items.flatMap(namesIn);
    case "call":
      return node.arguments.flatMap(namesIn);
    case "operator":
      return [...namesIn(node.left), ...namesIn(node.right)];
    case "negative":
      return namesIn(node.of);
    default:
      return [];
  }
}
