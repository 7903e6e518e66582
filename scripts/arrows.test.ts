/** The arrows between packages run one way, as ARCHITECTURE.md draws them. */
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
  deployer: { "@plinth/cloudformation": "all", "@plinth/compiler": "all" },
  cloud: { "@plinth/cloudformation": "all" },
  plinth: { "@plinth/cloudformation": "all", "@plinth/compiler": "all", "@plinth/deployer": "all", "@plinth/language": "all" },
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
