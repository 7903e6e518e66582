/** The wiring: what each program names, and so can reach. */
import {
  declaredOf,
  facetDataOf,
  refusedInBrowser,
  refusedInEnv,
  textPartsOf,
  type AnyDeclared,
  type Declared,
  type DeclaredApp,
} from "@plinth/language/reading";
import type { FaultList } from "./faults.ts";
import type { Named, NamedInventory } from "./inventory.ts";
import { namedBy } from "./named-by.ts";

/** A reference to a thing, or to a facet of it. */
export interface Reference {
  readonly to: AnyDeclared;
  /** `undefined` for the thing itself. */
  readonly facet: string | undefined;
  readonly detail: string | readonly string[] | undefined;
}

type EnvEntry =
  | { readonly variable: string; readonly literal: string }
  | { readonly variable: string; readonly reference: Reference }
  | { readonly variable: string; readonly text: readonly (string | Reference)[] };

/** Something that runs an image. */
export type NamedProgram = Named<"service"> | Named<"task"> | Named<"appRunner">;
type DeclaredProgram = Declared<"service"> | Declared<"task"> | Declared<"appRunner">;

/** A program with what it names. */
export interface WiredProgram {
  readonly named: NamedProgram;
  readonly env: readonly EnvEntry[];
  readonly uses: readonly Reference[];
  /** Folders in its container, each with what is mounted there. */
  readonly mounts: readonly { readonly path: string; readonly to: Declared<"fileSystem"> }[];
  /** Everything it names, once each. */
  readonly reaches: readonly AnyDeclared[];
}

const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Resolves what programs name; faults of wiring are added to `faults`. */
export function wire(declaredApp: DeclaredApp, inventory: NamedInventory, faults: FaultList): WiredProgram[] {
  const used = new Set<AnyDeclared>();
  const nameless = new Set<string>();

  const program = (declared: DeclaredProgram, key: string): Omit<WiredProgram, "named"> => {
    const reaches = new Set<AnyDeclared>();
    const reach = (of: AnyDeclared, place: string): void => {
      used.add(of);
      reaches.add(of);
      if (!inventory.returned(of) && of.kind !== "existing") {
        const message = `${key} (${place}) uses the ${of.word} of ${faults.where(of.source)}, which has no name: add it to what the app returns`;
        if (!nameless.has(message)) faults.add({ code: "used-not-returned", key, message, at: declared.source });
        nameless.add(message);
      }
    };
    const refuse = (place: string, sentence: string): void =>
      faults.add({ code: "cannot-stand-here", key, message: `${key} (${place}): ${sentence}`, at: declared.source });
    const reference = (value: unknown, place: string): Reference | undefined => {
      const of = declaredOf(value);
      const facet = facetDataOf(value);
      if (!of && !facet) return undefined;
      const found: Reference = of
        ? { to: of, facet: undefined, detail: undefined }
        : { to: facet!.of, facet: facet!.facet, detail: facet!.detail };
      const refused = of && refusedInEnv(of);
      if (refused) {
        used.add(of);
        refuse(place, refused);
        return undefined;
      }
      if (found.facet === "backlogPerTask") {
        used.add(found.to);
        refuse(place, "a backlog cannot stand in env: it is for scale.on");
        return undefined;
      }
      const inBrowser = place.startsWith("env.NEXT_PUBLIC_") ? refusedInBrowser(found.to, found.facet) : undefined;
      if (inBrowser) {
        used.add(found.to);
        refuse(place, inBrowser);
        return undefined;
      }
      reach(found.to, place);
      return found;
    };

    const entries = new Map<string, EnvEntry>();
    const environments = [declared.options.env ?? {}, ...declared.addedEnv];
    for (const [variable, value] of environments.flatMap((env) => Object.entries(env))) {
      const place = `env.${variable}`;
      if (!variablePattern.test(variable)) {
        refuse(place, `"${variable}" cannot be a variable: write letters, digits and "_", no digit first`);
        continue;
      }
      if (entries.has(variable)) {
        refuse(place, "the variable is given twice: keep one");
        continue;
      }
      if (value === undefined) continue;
      const parts = textPartsOf(value);
      if (parts) {
        const text: (string | Reference)[] = [];
        for (const part of parts) {
          if (typeof part === "string") text.push(part);
          else {
            const found = reference(part, place);
            const refused = found && refusedInText(found);
            if (refused) refuse(place, refused);
            else if (found) text.push(found);
            else if (!declaredOf(part)) refuse(place, `a ${typeof part} cannot stand in text`);
          }
        }
        entries.set(variable, { variable, text });
      } else if (typeof value === "object") {
        const found = reference(value, place);
        if (found) entries.set(variable, { variable, reference: found });
        else if (!declaredOf(value) && !facetDataOf(value))
          refuse(place, "an object cannot stand in env: write a text, a number, or a resource");
      } else entries.set(variable, { variable, literal: String(value) });
    }

    const uses: Reference[] = [];
    for (const [i, value] of (declared.options.uses ?? []).entries()) {
      const found = reference(value, `uses[${i}]`);
      if (found?.to.kind === "loadBalancer") refuse(`uses[${i}]`, "a load balancer cannot stand in uses: everybody reaches it");
      else if (found && isPublicService(found.to)) refuse(`uses[${i}]`, "a public service cannot stand in uses: everybody reaches it");
      else if (found && found.facet !== undefined && !usableFacets.has(found.facet)) {
        refuse(`uses[${i}]`, `.${found.facet} is a single value and cannot stand in uses: name the resource itself`);
      } else if (found) uses.push(found);
      else if (!declaredOf(value)) refuse(`uses[${i}]`, `a ${typeof value} cannot stand in uses: name a resource`);
    }
    const mounts: { path: string; to: Declared<"fileSystem"> }[] = [];
    for (const [path, value] of Object.entries("mounts" in declared.options ? (declared.options.mounts ?? {}) : {})) {
      const place = `mounts[${JSON.stringify(path)}]`;
      const to = declaredOf(value);
      if (to?.kind !== "fileSystem") {
        refuse(
          place,
          `only a fileSystem is mounted: declare one, const files = fileSystem(), and write mounts: { ${JSON.stringify(path)}: files }`,
        );
        continue;
      }
      reach(to, place);
      mounts.push({ path, to });
    }
    return { env: [...entries.values()], uses, mounts, reaches: [...reaches] };
  };

  const wired: WiredProgram[] = [];
  for (const { kind, ...rest } of declaredApp.notes.declarations.map((declared) => ({ kind: declared.kind, declared }))) {
    if (kind !== "service" && kind !== "task" && kind !== "appRunner") continue;
    const declared = rest.declared as DeclaredProgram;
    const named = inventory.find(rest.declared);
    const found = program(declared, named?.key ?? `the ${declared.word} of ${faults.where(declared.source)}`);
    const image = declaredOf(declared.options.image);
    if (image?.kind !== "image") {
      faults.add({
        code: "no-image",
        ...(named && { key: named.key }),
        message: `${named?.key ?? declared.word} has no image: declare one, const source = image(), and write image: source`,
        at: declared.source,
      });
    } else {
      used.add(image);
      if (image.options.registry === "public" && !inventory.returned(image)) {
        faults.add({
          code: "used-not-returned",
          ...(named && { key: named.key }),
          message: `the image of ${faults.where(image.source)} is published, and has no name to be published under: add it to what the app returns`,
          at: image.source,
        });
      }
    }
    if (named) wired.push({ named: named as unknown as Named<"service">, ...found });
  }

  for (const declared of declaredApp.notes.declarations) {
    for (const of of referencesIn(declared)) used.add(of);
    for (const { to, place } of namedBy(declared)) {
      used.add(to);
      if (inventory.returned(to)) continue;
      const key = inventory.find(declared)?.key ?? `the ${declared.word} of ${faults.where(declared.source)}`;
      faults.add({
        code: "used-not-returned",
        key,
        message: `${key} (${place}) uses the ${to.word} of ${faults.where(to.source)}, which has no name: add it to what the app returns`,
        at: declared.source,
      });
    }
  }
  for (const declared of declaredApp.notes.declarations) {
    if (inventory.returned(declared) || used.has(declared)) continue;
    faults.add({
      code: "declared-not-returned",
      message: `the ${declared.word} of ${faults.where(declared.source)} is declared but not returned: add it, or delete it`,
      at: declared.source,
    });
  }
  return wired;
}

/** A service that others call by its public URL. */
function isPublicService(of: AnyDeclared): boolean {
  return of.kind === "appRunner" || (of.kind === "service" && of.options.entrance !== undefined);
}

const usableFacets = new Set(["allow", "readOnly", "read", "write", "readWrite", "send", "consume", "sendAndConsume", "publish"]);
const openFacets = new Set(["host", "port", "database", "ref", "attribute"]);

function refusedInText({ to, facet }: Reference): string | undefined {
  if (facet !== undefined) {
    if (openFacets.has(facet)) return undefined;
    return usableFacets.has(facet) && facet !== "readOnly"
      ? "a permission cannot stand in text: name it in uses"
      : "a secret cannot stand in text";
  }
  if (to.kind === "service" || to.kind === "loadBalancer" || to.kind === "appRunner") return undefined;
  if (to.kind === "setting") return "a setting cannot stand in text: its value is read when the program starts";
  return "a secret cannot stand in text";
}

/** What an `aws` resource names in its properties. */
function referencesIn(declared: AnyDeclared): AnyDeclared[] {
  if (declared.kind !== "aws") return [];
  const found: AnyDeclared[] = [];
  const walk = (value: unknown): void => {
    const facet = facetDataOf(value);
    if (facet) found.push(facet.of);
    else if (typeof value === "object" && value !== null && !declaredOf(value)) Object.values(value).forEach(walk);
  };
  walk(declared.options.properties);
  return found;
}
