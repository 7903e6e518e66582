/** The arrows between packages, and between the rooms of the embedded cloud, run one way, as ARCHITECTURE.md draws them. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What each package may import of ours; `types` where only types may cross. */
const allowed: Record<string, Record<string, "all" | "types">> = {
  cloudformation: {},
  language: { "@plinth/cloudformation": "types" },
  compiler: { "@plinth/cloudformation": "all", "@plinth/language": "all" },
  policy: { "@plinth/cloudformation": "all" },
  "data-channel": {},
  pricing: { "@plinth/cloudformation": "all" },
  deployer: { "@plinth/cloudformation": "all", "@plinth/compiler": "all", "@plinth/data-channel": "all" },
  cloud: { "@plinth/cloudformation": "all", "@plinth/data-channel": "all" },
  plinth: {
    "@plinth/cloudformation": "all",
    "@plinth/compiler": "all",
    "@plinth/deployer": "all",
    "@plinth/language": "all",
    "@plinth/policy": "all",
    "@plinth/pricing": "all",
  },
};

const imports = /^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)/gms;

function arrows(name: string): { file: string; target: string; typeOnly: boolean }[] {
  return globSync(`packages/${name}/{src,bin}/**/*.{ts,js}`, { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(imports)].map(([whole, type, from, lazy]) => ({
      file,
      target: from ?? lazy!,
      typeOnly: type !== undefined || (lazy !== undefined && whole.startsWith("typeof")),
    })),
  );
}

test.each(Object.keys(allowed))("%s imports only what stands below it", (name) => {
  const found = arrows(name);
  expect(found.length).toBeGreaterThan(0);
  const wrong = found.filter(({ target, typeOnly }) => {
    if (target !== "plinth" && !target.startsWith("@plinth/")) return false;
    const rule =
      allowed[name]![
        target
          .split("/")
          .slice(0, target.startsWith("@") ? 2 : 1)
          .join("/")
      ];
    return rule === undefined || (rule === "types" && !typeOnly);
  });
  expect(wrong).toEqual([]);
});

test("a relative import stays within its package", () => {
  const outside = Object.keys(allowed).flatMap((name) =>
    arrows(name).filter(({ file, target }) => target.startsWith(".") && !join(file, "..", target).startsWith(`packages/${name}/`)),
  );
  expect(outside).toEqual([]);
});

test("services of the cloud know each other only by calls", () => {
  const services = arrows("cloud").filter(
    ({ file }) => file.startsWith("packages/cloud/src/services/") && !file.endsWith("services/index.ts"),
  );
  const crossing = services.filter(({ file, target, typeOnly }) => {
    if (!target.startsWith(".") || typeOnly) return false;
    const own = file.split("/").slice(0, 5).join("/");
    const place = join(file, "..", target);
    return place.startsWith("packages/cloud/src/services/") && !place.startsWith(`${own}/`);
  });
  expect(crossing).toEqual([]);
});

/** The rooms of the embedded cloud that stand below others, and the rooms that they know nothing of. */
const below: Record<string, readonly string[]> = {
  world: ["identity", "runtime", "wire", "server", "cloudformation", "services"],
  identity: ["runtime", "wire", "server", "cloudformation", "services"],
  runtime: ["wire", "server", "cloudformation", "services"],
  wire: ["runtime", "server", "cloudformation", "services"],
  cloudformation: ["runtime", "wire", "server", "services"],
  server: ["cloudformation", "services"],
};

test.each(Object.entries(below))("%s of the cloud knows nothing of what stands above it", (room, above) => {
  const own = arrows("cloud").filter(({ file }) => file.startsWith(`packages/cloud/src/${room}/`));
  expect(own.length).toBeGreaterThan(0);
  const upward = own.filter(({ file, target }) => above.some((each) => join(file, "..", target).startsWith(`packages/cloud/src/${each}/`)));
  expect(upward).toEqual([]);
});

test.each(["redis/server/main.ts", "postgres/pglite/main.ts", "postgres/pglite/make-data.ts", "tasks/psql/main.ts"])(
  "the program %s runs without the cloud",
  (program) => {
    const needs = loaded("cloud");
    const reached = new Set([`packages/cloud/src/runtime/${program}`]);
    for (const file of reached) for (const next of needs.get(file) ?? []) reached.add(next);
    expect(reached.size).toBeGreaterThan(1);
    expect([...reached].filter((file) => !file.startsWith("packages/cloud/src/runtime/"))).toEqual([]);
  },
);

test.each(Object.keys(allowed))("no modules of %s wait for each other when they are loaded", (name) => {
  expect(circles(loaded(name))).toEqual([]);
});

/** The modules of a package that each of its modules loads. */
function loaded(name: string): ReadonlyMap<string, readonly string[]> {
  const needs = new Map<string, string[]>(globSync(`packages/${name}/src/**/*.ts`, { cwd: root }).map((file) => [file, []]));
  for (const { file, target, typeOnly } of arrows(name))
    if (target.startsWith(".") && !typeOnly) needs.get(file)?.push(join(file, "..", target));
  return needs;
}

/** Each circle once, from the module at which it was found and back to it. */
function circles(needs: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(" → "));
    if (at >= 0 || done.has(file)) return;
    for (const next of needs.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of needs.keys()) visit(file, []);
  return found;
}
