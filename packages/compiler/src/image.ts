/** Repositories for images: one for each that the app returns, one in common for the others. */
import path from "node:path";
import { declaredOf, type Declared } from "@plinth/language/reading";
import type { Image } from "./assembly.ts";
import { deleted, type Compilation } from "./compilation.ts";
import type { Origin } from "./origin.ts";
import { knownUrlOf } from "./entrance-kind.ts";
import { logicalId } from "./names.ts";
import type { Made, Value } from "./value.ts";

export interface BuiltImage {
  /** As in the assembly. */
  readonly name: string;
  /** Where it lies in this account; `undefined` where everybody can read it. */
  readonly repository: Made | undefined;
  /** Its address by digest. */
  readonly address: Value;
  readonly declared: Declared<"image">;
}

export interface BuiltImages {
  readonly assembly: Image[];
  of(image: unknown): BuiltImage;
}

/** How many images a repository keeps where the app does not say: more than the revisions that can be rolled back to. */
const defaultKeep = 50;

/** The most that the app can ask for, too. */
const mostKept = 1000;

export function buildImages(compilation: Compilation): BuiltImages {
  const { draft, inventory, programs, stem, configFolder } = compilation;
  const built = new Map<Declared<"image">, BuiltImage>();
  const assembly: Image[] = [];
  let common: Made | undefined;

  const repository = (id: string, origin: Origin, name: string | undefined, keep: number): Made =>
    draft.add("storage", id, { ...origin, part: "Repository" }, () => ({
      Type: "AWS::ECR::Repository",
      ...deleted,
      Properties: {
        RepositoryName: name,
        EmptyOnDelete: true,
        ImageTagMutability: "MUTABLE",
        ImageScanningConfiguration: { ScanOnPush: true },
        LifecyclePolicy: {
          LifecyclePolicyText: JSON.stringify({
            rules: [
              {
                rulePriority: 1,
                description: `Keep the newest ${keep}`,
                selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: keep },
                action: { type: "expire" },
              },
            ],
          }),
        },
      },
    }));

  const published = (id: string, origin: Origin, name: string): Made =>
    // ECR Public stands in one region alone.
    draft.add(compilation.region === "us-east-1" ? "storage" : "edge", id, { ...origin, part: "PublicRepository" }, () => ({
      Type: "AWS::ECR::PublicRepository",
      ...deleted,
      Properties: { RepositoryName: name },
    }));

  const images = [
    ...inventory.of("image").map(({ declared }) => declared),
    ...programs.map(({ named }) => declaredOf(named.declared.options.image)).filter((declared) => declared?.kind === "image"),
  ];
  const sharing = [...new Set(images)].filter((declared) => !inventory.find(declared)).length;
  let nameless = 0;
  for (const declared of new Set(images)) {
    const named = inventory.find(declared);
    let made: Made;
    let name: string;
    const isPublic = named !== undefined && isPublished(declared, compilation);
    if (isPublic) {
      name = named.key;
      made = published(
        `${named.id}Repository`,
        compilation.origin({ key: name, declared }),
        declared.options.name ?? `${stem}/${named.kebab}`,
      );
    } else if (named) {
      name = named.key;
      made = repository(
        `${named.id}Repository`,
        compilation.origin({ key: named.key, declared }),
        declared.options.name,
        declared.options.keep ?? defaultKeep,
      );
    } else {
      do name = ++nameless === 1 ? "app" : `app${nameless}`;
      while (inventory.all.some(({ key }) => key === name));
      // One rule counts all that lie there: each of them keeps as many as it would alone.
      common ??= repository("Repository", { key: "app" }, undefined, Math.min(mostKept, defaultKeep * sharing));
      made = common;
    }
    const { output } = compilation.draft;
    built.set(declared, {
      name,
      repository: isPublic ? undefined : made,
      declared,
      address: {
        kind: "source",
        name: `${logicalId(name)}Image`,
        parameter: { Type: "String", Description: "The image, by digest" },
        source: { from: "image", image: name },
      },
    });
    const app = nextjsOf(compilation, declared);
    const { context = ".", dockerfile = "Dockerfile", target, args = {}, platform = "linux/amd64" } = declared.options;
    assembly.push({
      name,
      repository: output(isPublic ? made.ref() : made.attribute("RepositoryUri")),
      ...(isPublic && { registry: "public" as const }),
      context: path.resolve(configFolder, context),
      dockerfile,
      ...(target !== undefined && { target }),
      args: {
        ...publicVariables(compilation, declared),
        ...Object.fromEntries(Object.entries(args).map(([key, value]) => [key, String(value)])),
      },
      platform,
      ...(app !== undefined && { nextjs: path.resolve(configFolder, app) }),
    });
  }
  return {
    assembly,
    of(image) {
      const declared = declaredOf(image);
      const found = declared?.kind === "image" ? built.get(declared) : undefined;
      if (!found) throw new Error("the program's image was not built");
      return found;
    },
  };
}

/** The folder of the Next.js app that runs the image, where one does. */
function nextjsOf({ programs }: Compilation, image: Declared<"image">): string | undefined {
  const app = programs.find(({ named: { declared } }) => declared.word === "nextjs" && declaredOf(declared.options.image) === image);
  return app?.named.declared.kind === "service" ? app.named.declared.options.entrance?.path : undefined;
}

/** Whether everybody can pull it; in the embedded cloud there is no ECR Public. */
export function isPublished({ options }: Declared<"image">, { local }: Pick<Compilation, "local">): boolean {
  return options.registry === "public" && !local;
}

/** What a Next.js app writes into pages when it is built, as far as it is known before the deploy. */
function publicVariables(compilation: Compilation, image: Declared<"image">): Record<string, string> {
  const programs = compilation.programs.filter(
    ({ named: { declared } }) => declared.word === "nextjs" && declaredOf(declared.options.image) === image,
  );
  return Object.fromEntries(
    programs
      .flatMap(({ env }) => env)
      .filter(({ variable }) => variable.startsWith("NEXT_PUBLIC_"))
      .flatMap((entry): [string, string][] => {
        if ("literal" in entry) return [[entry.variable, entry.literal]];
        const parts = "text" in entry ? entry.text : [entry.reference];
        const known = parts.map((part) => (typeof part === "string" ? part : knownUrlOf(part.to)));
        return known.every((part) => part !== undefined) ? [[entry.variable, known.join("")]] : [];
      }),
  );
}

/** One sentence for each image that is not published. */
export function publishedNotes({ local, inventory }: Pick<Compilation, "local" | "inventory">): string[] {
  if (!local) return [];
  return inventory
    .of("image")
    .filter(({ declared: { options } }) => options.registry === "public")
    .map(({ key }) => `${key} lies in a repository of this cloud here: nothing is published from the embedded cloud.`);
}
