/** A template's values as people may read them: references by name or value, secrets never, what is known only later marked. */
import { dynamicReferences, type DynamicReference } from "./dynamic-references.ts";
import { getAttArguments, subArguments, subParts } from "./functions.ts";
import { asFunction } from "./walk.ts";

export const hidden = "(hidden)";
export const afterDeploy = "(known after deploy)";

export interface ShownContext {
  /** The text of a parameter, `hidden` for one with NoEcho, `undefined` where it is known only after the deploy. */
  parameter(name: string): string | undefined;
  isParameter(name: string): boolean;
  /** Whether a resource is made, or made anew, so that its ids are known only after the deploy. */
  isNew(logicalId: string): boolean;
}

export interface ShownValue {
  text: string;
  /** Whether all of it is known before the deploy. */
  known: boolean;
}

/** Names of properties, parameters and environment variables whose literal text is a secret. */
export const secretName = /(passwo?r?d|secret|secretstring|token|credentials?|api_?key|private_?key|access_?key|secret_?key|passphrase)$/i;

/** @param name of the property, or of the environment variable, whose value it is. */
export function shownValue(value: unknown, name: string, context: ShownContext): ShownValue {
  let known = true;
  const part = (one: unknown, key: string): unknown => {
    if (typeof one === "string") return named(one, key);
    if (Array.isArray(one)) return one.map((item) => part(item, key));
    if (typeof one !== "object" || one === null) return one;
    const call = asFunction(one);
    if (call) return ofFunction(call.name, call.argument, key);
    const called = (one as { Name?: unknown }).Name;
    // { Name: API_KEY, Value: … } of an environment.
    const nameOf = (member: string) => (member === "Value" && typeof called === "string" ? called : member);
    return Object.fromEntries(Object.entries(one).map(([member, item]) => [member, part(item, nameOf(member))]));
  };
  const reference = (target: string, attribute?: string): string => {
    if (context.isParameter(target)) {
      const text = context.parameter(target);
      known &&= text !== undefined;
      return text ?? afterDeploy;
    }
    if (context.isNew(target)) known = false;
    return `\${${attribute === undefined ? target : `${target}.${attribute}`}}`;
  };
  const plain = (one: unknown): string => {
    const call = asFunction(one);
    return call ? textOf(ofFunction(call.name, call.argument, "")) : textOf(typeof one === "string" ? one : part(one, ""));
  };
  const ofFunction = (called: string, argument: unknown, key: string): unknown => {
    if (called === "Ref") {
      const target = String(argument);
      return context.isParameter(target) ? named(reference(target), key) : reference(target);
    }
    if (called === "Fn::GetAtt") {
      const [target, attribute] = getAttArguments(argument);
      return reference(target, String(attribute));
    }
    if (called === "Fn::Sub") {
      const { template, variables } = subArguments(argument);
      const pieces = subParts(template).map((piece) => {
        if (!("name" in piece)) return piece.text;
        if (Object.hasOwn(variables, piece.name)) return plain(variables[piece.name]);
        const dot = piece.name.indexOf(".");
        return dot < 0 ? reference(piece.name) : reference(piece.name.slice(0, dot), piece.name.slice(dot + 1));
      });
      return named(pieces.join(""), key);
    }
    if (called === "Fn::Join" && Array.isArray(argument) && Array.isArray(argument[1]))
      return named(argument[1].map(plain).join(String(argument[0])), key);
    return { [called.replace(/^Fn::/, "!")]: part(argument, key) };
  };
  const text = textOf(part(value, name));
  return { text, known };
}

/** A text under a name: of a secret only what it refers to. */
function named(text: string, name: string): string {
  if (!secretName.test(name) || text === "" || text === afterDeploy) return shownText(text);
  const references = inWords(text).found;
  return references.length > 0 ? references.join(" ") : hidden;
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value ?? null));

/** Without passwords in addresses, and with dynamic references said as what they are: a secret by its name and version. */
export function shownText(text: string): string {
  const shown = text.replaceAll(/(\w+:\/\/[^:/\s@]+):[^@/\s]+@/g, `$1:${hidden}@`);
  return shown.includes("{{resolve:") ? inWords(shown).text : shown;
}

/** A reference whose name is itself put together (`{{resolve:secretsmanager:${Master}:…}}`) counts as one. */
function inWords(text: string): { text: string; found: string[] } {
  const inner: string[] = [];
  const flat = text.replaceAll(/\$\{[^}]*\}/g, (whole) => `<<${inner.push(whole) - 1}>>`);
  const restored = (part: string) => part.replaceAll(/<<(\d+)>>/g, (_, index: string) => inner[Number(index)] ?? `<<${index}>>`);
  try {
    const references = dynamicReferences(flat);
    let result = flat;
    for (const one of references) result = result.replace(one.text, () => wordsOf(one));
    return { text: restored(result), found: references.map((one) => restored(wordsOf(one))) };
  } catch {
    return { text: hidden, found: [] }; // a reference that does not hold may be anything
  }
}

function wordsOf(one: DynamicReference): string {
  if (one.service !== "secretsmanager") {
    const kind = one.service === "ssm" ? "parameter" : "secret";
    return `[${kind} ${one.name}${one.version === undefined ? "" : `, version ${one.version}`}]`;
  }
  const version = one.versionId ?? one.versionStage;
  return `[secret ${one.secretId}${one.jsonKey ? `.${one.jsonKey}` : ""}${version === undefined ? "" : `, version ${version}`}]`;
}
