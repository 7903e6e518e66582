/** The guide's snippets type-check, so that what it shows can be written. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { typeCheck } from "./type-check.ts";

const guide = readFileSync(new URL("../../../docs/language.md", import.meta.url), "utf8");
const snippets = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map((found) => found[1]!);

/** What a snippet that imports nothing stands in. */
const head = `import { alarms, app, appRunner, aurora, aws, bucket, existing, fileSystem, image, loadBalancer, nextjs, postgres, queue, redis, secret, service, setting, task, text, topic, vpc, type Context } from "plinth";
declare const context: Context<"prod" | "dev" | "local">;
const { stage, production, pick } = context;
const source = image();
`;

test("every snippet of docs/language.md type-checks", () => {
  expect(snippets.length).toBeGreaterThan(5);
  const errors = typeCheck(
    Object.fromEntries(snippets.map((snippet, i) => [`snippet-${i + 1}`, snippet.includes('from "plinth"') ? snippet : head + snippet])),
  );
  expect(errors).toEqual(Object.fromEntries(snippets.map((_, i) => [`snippet-${i + 1}`, []])));
});
