/** What a deploy would do, whole and comparable: what is agreed to with a plan, and held against what would happen later. */
import { createHash } from "node:crypto";
import { hidden, type Template } from "@plinth/cloudformation";
import type { Assembly, ParameterSource } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";
import type { Scope } from "../scope.ts";
import type { SecretState } from "../secrets/slots.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import type { ImageState } from "./planned-images.ts";

export interface Contract {
  app: string;
  stage: string;
  region: string;
  /** The account's number; `embedded` for an embedded cloud. */
  account: string;
  /** Those that were chosen; absent: all. */
  layers?: string[];
  /** The part of the app that was asked for; absent: all of it. */
  scope?: Scope;
  images: Record<string, { tag: string; files: Record<string, string> }>;
  /** The version that each secret has; `null` for one without a value. */
  secrets: Record<string, string | null>;
  stacks: Record<string, ContractStack>;
}

export interface ContractStack {
  region: string;
  /** What stands now; `null` where nothing does. */
  deployed: { template: Template | null; parameters: Record<string, string> } | null;
  /** What is to stand; `null` where the stack goes. */
  template: Template | null;
  /** Values, or where a value comes from that is known only later. */
  parameters: Record<string, string | ParameterSource>;
  tags: Record<string, string>;
}

export interface ContractInput {
  assembly: Assembly;
  account: string;
  only: ReadonlySet<string> | undefined;
  scope: Scope | undefined;
  stacks: ReadonlyMap<string, DeployedStack>;
  images: readonly ImageState[];
  secrets: readonly SecretState[];
  before: ReadonlyMap<string, Template>;
  next: ReadonlyMap<string, Template>;
  /** By stack, as far as they are known. */
  values: ReadonlyMap<string, ReadonlyMap<string, string | undefined>>;
}

export function contractOf(input: ContractInput): Contract {
  const { assembly, account, only, scope, stacks, images, secrets, before, next, values } = input;
  const deployedOf = (name: string): ContractStack["deployed"] => {
    const stack = stacks.get(name);
    return stack ? { template: before.get(name) ?? null, parameters: stack.parameters } : null;
  };
  const chosen = assembly.stacks.filter(({ name }) => values.has(name));
  const going = [...stacks.values()].filter(({ name }) => !only && !assembly.stacks.some((one) => one.name === name));
  return {
    app: assembly.app,
    stage: assembly.stage,
    region: assembly.region,
    account,
    ...(only ? { layers: [...only].sort() } : {}),
    ...(scope ? { scope } : {}),
    images: Object.fromEntries(images.map(({ name, tag = "", files = {} }) => [name, { tag, files }])),
    secrets: Object.fromEntries(secrets.map(({ slot, version }) => [slot.name, version ?? null])),
    stacks: {
      ...Object.fromEntries(
        chosen.map(({ name, region, parameters, tags, template }) => [
          name,
          {
            region,
            deployed: deployedOf(name),
            template: next.get(name) ?? template,
            parameters: Object.fromEntries(
              Object.entries(parameters).map(([parameter, source]) => [
                parameter,
                String(template.Parameters?.[parameter]?.NoEcho) === "true"
                  ? hidden
                  : valueOf(source, values.get(name)?.get(parameter), stacks.has(name)),
              ]),
            ),
            tags,
          },
        ]),
      ),
      ...Object.fromEntries(
        going.map(({ name, region, tags }) => [name, { region, deployed: deployedOf(name), template: null, parameters: {}, tags }]),
      ),
    },
  };
}

/** What is looked up by name is said by that name until the stack stands, so that a plan made without a cloud is the same. */
function valueOf(source: ParameterSource, value: string | undefined, stands: boolean): string | ParameterSource {
  const lookedUp = source.from === "hosted-zone" || source.from === "prefix-list";
  return value === undefined || (lookedUp && !stands) ? source : value;
}

/** JSON in which equal things have equal text: members in the order of their names, none that is undefined. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
    .join(",")}}`;
}

export const signatureOf = (content: unknown): string => `sha256:${createHash("sha256").update(canonicalJson(content)).digest("hex")}`;

/** @throws DeployError `not-as-planned`, which names the first difference. */
export function holdTo(planned: Contract, now: Contract, file: string): void {
  const found = firstDifference(planned, now, []);
  if (!found) return;
  throw new DeployError("not-as-planned", `What would happen is not what ${file} says: ${inWords(found)}.`, {
    remedy: "Nothing was touched. Make a new plan, look at it, and deploy that.",
  });
}

interface Found {
  path: string[];
  planned: unknown;
  now: unknown;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** In the order of the contract: where to, from what, then what stands and what is to stand. */
function firstDifference(planned: unknown, now: unknown, path: string[]): Found | undefined {
  if (canonicalJson(planned) === canonicalJson(now)) return undefined;
  const parts: [string, unknown, unknown][] =
    isMap(planned) && isMap(now)
      ? [...new Set([...Object.keys(planned), ...Object.keys(now)])].map((key) => [key, planned[key], now[key]])
      : Array.isArray(planned) && Array.isArray(now) && planned.length === now.length
        ? planned.map((item, index) => [String(index), item, now[index]])
        : [];
  // A changed file changes the tag, too: the file says more.
  const ordered = parts.toSorted(([a], [b]) => Number(a === "tag") - Number(b === "tag"));
  for (const [key, one, other] of ordered) {
    const found = firstDifference(one, other, [...path, key]);
    if (found) return found;
  }
  return { path, planned, now };
}

function inWords({ path, planned, now }: Found): string {
  const [section, name = "", part = "", ...rest] = path;
  const gone = now === undefined || now === null;
  const fresh = planned === undefined || planned === null;
  const differs = `${brief(now)} instead of ${brief(planned)}`;
  if (section === "images" && part === "files" && rest.length > 0)
    return `the file ${rest.join("/")} of the image ${name} ${gone ? "is gone" : fresh ? "is new" : "is another"}`;
  if (section === "images") return `the image ${name} is made from something else`;
  if (section === "secrets")
    return `the secret ${name} ${gone ? "has no value any more" : fresh ? "has a value now" : "has another version"}`;
  if (section !== "stacks") return `the ${path.join("/")} is ${differs}`;
  if (part === "") return `the stack ${name} ${gone ? "is not touched any more" : "is touched, too"}`;
  if (part === "deployed") {
    if (rest.length === 0) return `the stack ${name} ${gone ? "is not deployed any more" : "has been deployed since"}`;
    return `the stack ${name} has been changed since: ${rest.join("/")} is ${differs}`;
  }
  if (part === "template" && rest.length === 0) return `the stack ${name} would ${gone ? "be deleted" : "be kept"}`;
  const place = part === "template" ? rest.join("/") : [part, ...rest].join("/");
  return `${place} of ${name} would be ${differs}`;
}

function brief(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
