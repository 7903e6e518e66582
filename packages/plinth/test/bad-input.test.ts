/** What an app asks for and cannot have: each by command, named with its remedy and its exit status; nothing is changed. */
import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { appFolder, plinth } from "./app-folder.ts";

const app = (inventory: string, options = "") => ({
  "plinth.config.ts": `import { app, existing, fileSystem, image, loadBalancer, service, task } from "plinth";
export default app("shop", { region: "eu-central-1", stages: ["prod"]${options} }, () => {
${inventory}
});
`,
  Dockerfile: "FROM node:24-alpine\n",
});
const web = "const web = service({ image: image(), port: 3000, health: '/' });";

test.each([
  [
    "a certificate in another region",
    `${web} const entry = loadBalancer({ certificate: "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f", routes: { "/*": web } }); return { web, entry };`,
    /entry: certificate lies in us-east-1, and a load balancer takes only those of its own region: request or import one in eu-central-1/,
  ],
  [
    "a cron expression that never fires",
    `const clean = task({ image: image(), command: ["true"], run: { cron: "0 3 31 2 ? *" } }); return { clean };`,
    /clean: run\.cron is "0 3 31 2 \? \*", which never comes: no day from today on is one of its days/,
  ],
  [
    "a mount on a service without network",
    `const network = existing.vpc("vpc-0a1b2c3d", { publicSubnets: [] }); const files = fileSystem(); const web = service({ image: image(), port: 3000, mounts: { "/srv": files } }); return { network, files, web };`,
    /network names no subnets for programs: give publicSubnets, or privateSubnets that have a way out/,
  ],
])("%s ends a plan and a deploy with 3 and what would be right", async (_what, inventory, message) => {
  await using folder = await appFolder(app(inventory));
  for (const command of ["plan", "deploy"]) {
    const { exit, failure } = await plinth(folder.folder, [command, "--stage", "prod", "--local"]);
    expect([exit, [failure?.message, ...(failure?.evidence ?? [])].join("\n")]).toEqual([3, expect.stringMatching(message)]);
  }
});

test("a domain whose zone is not in the account ends with 6, before anything is made", async () => {
  const domain = 'domain: { name: "api.example.org", zone: "example.org" }';
  await using folder = await appFolder(
    app(`${web} const entry = loadBalancer({ ${domain}, routes: { "/*": web } }); return { web, entry };`),
  );
  const run = (...words: string[]) => plinth(folder.folder, words);
  expect((await run("cloud", "start")).exit).toBe(0);
  const { endpoint } = JSON.parse((await run("cloud", "status", "--json")).out.join("")) as { endpoint: string };
  const before = process.env["AWS_ENDPOINT_URL"];
  // As an account: in the embedded cloud itself a zone is made.
  process.env["AWS_ENDPOINT_URL"] = endpoint;
  try {
    for (const words of [["plan"], ["deploy", "--yes"]]) {
      expect(await run(...words, "--stage", "prod")).toMatchObject({
        exit: 6,
        failure: {
          message: "Route 53 has no public zone example.org in this account.",
          remedy: "Write createZone: true beside zone, then the deploy makes it; or correct the zone. Nothing was changed.",
        },
      });
    }
    expect((await run("status", "--stage", "prod")).out.join("\n")).toContain("Not deployed.");
  } finally {
    if (before === undefined) delete process.env["AWS_ENDPOINT_URL"];
    else process.env["AWS_ENDPOINT_URL"] = before;
    await run("cloud", "stop");
    await rm(`${folder.folder}/.plinth`, { recursive: true, force: true });
  }
});

test("a Dockerfile that is not there is said by the plan, and ends a deploy before anything is made", async () => {
  const image = 'image({ dockerfile: "web.Dockerfile" })';
  await using folder = await appFolder(app(`const web = service({ image: ${image}, port: 3000 }); return { web };`));
  const run = (...words: string[]) => plinth(folder.folder, [...words, "--stage", "prod"]);
  // Without an account, and without asking the embedded cloud either.
  const plan = await run("plan", "--offline", "--json");
  const { first, target, notes } = JSON.parse(plan.out.join("")) as { first: boolean; target: string; notes: string[] };
  expect({ exit: plan.exit, first, target }).toEqual({ exit: 0, first: true, target: "aws" });
  expect(notes).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Nobody was asked/), expect.stringContaining("web.Dockerfile, which")]),
  );
  try {
    const deployed = await run("deploy", "--yes", "--local");
    expect([deployed.exit, deployed.failure?.code]).toEqual([1, "image-failed"]);
    expect(deployed.failure?.message).toMatch(/^The image app needs .*web\.Dockerfile, which is not there\.$/);
    expect((await run("status", "--local")).out.join("\n")).toContain("Not deployed.");
  } finally {
    await plinth(folder.folder, ["cloud", "stop"]);
    await rm(`${folder.folder}/.plinth`, { recursive: true, force: true });
  }
});
