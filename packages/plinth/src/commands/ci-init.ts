/** `plinth ci init`: workflows for GitHub Actions, and the roles that they assume. */
import { execFileSync } from "node:child_process";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { AppData } from "@plinth/language/reading";
import { configName, loadApp } from "../app/load-app.ts";
import { writeMarked } from "../ci/written-file.ts";
import type { Command, Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export const command: Command = {
  summary: "Write workflows for GitHub Actions, and the roles that they assume",
  description:
    "Plan on a pull request as one comment, deploy from the branch by stage, infrastructure and application alone, destroy, and a preview for " +
    "each pull request where the app has previews. The roles are CloudFormation templates with what deploying the app needs, for this repository alone, " +
    "without keys. Nothing is deployed: the commands that do are printed. Run again it writes anew what nobody has edited. docs/ci.md explains all of it.",
  about: "folder",
  json: true,
  options: [
    { flags: "--repository <owner/name>", description: "on GitHub; default: the remote origin" },
    { flags: "--stages <names>", description: "in the order of deployment, by commas; default: those of the app" },
    { flags: "--branch <name>", description: "what is deployed", default: "main" },
    { flags: "--account <number>", description: "the AWS account; default: the variable AWS_ACCOUNT_ID on GitHub" },
    { flags: "--force", description: "write over files that were edited, too" },
  ],
  examples: [
    { command: "plinth ci init", what: "for the repository that origin names" },
    { command: "plinth ci init --repository acme/shop --stages dev,prod --account 123456789012", what: "" },
  ],
  async run(invocation) {
    const { folder, json, terminal, options } = invocation;
    const data = await appData(invocation);
    const repository = repositoryOf(invocation);
    const account = accountOf(invocation);
    const { name: app, options: appOptions } = data;
    const named = typeof options["stages"] === "string" ? options["stages"].split(",").map((one) => one.trim()) : undefined;
    const stages = named ?? [...(appOptions.stages ?? ["prod"])];
    const [{ workflows }, { roleTemplate }, { deployPolicy }] = await Promise.all([
      import("../ci/workflows.ts"),
      import("@plinth/deployer/ci/role-template"),
      import("@plinth/deployer/ci/deploy-policy"),
    ]);
    const top = repositoryFolder(folder);
    const previews = appOptions.previews !== undefined;
    const files = workflows({
      app,
      region: appOptions.region,
      stages,
      production: appOptions.production ?? [],
      previews,
      branch: String(options["branch"]),
      account,
      folder: relative(top, folder) || ".",
    });
    const unknown = new Set<string>();
    for (const { stage, environment, example } of [
      ...stages.map((one) => ({ stage: one, environment: one, example: one })),
      ...(previews ? [{ stage: "pr-*", environment: "preview", example: "pr-1" }] : []),
    ]) {
      const assembly = await loadApp({ folder, stage: example, local: false });
      const { statements, unknownTypes } = deployPolicy(app, stage, [assembly]);
      for (const type of unknownTypes) unknown.add(type);
      const template = roleTemplate({ app, stage, repository, environment, statements });
      // JSON is YAML, and YAML has comments.
      files[`.github/plinth/${environment}-role.yml`] = `${JSON.stringify(template, undefined, 1)}\n`;
    }
    const written = Object.entries(files).map(([path, text]) => ({
      path,
      state: writeMarked(join(top, path), text, options["force"] === true),
    }));
    if (json) terminal.print(JSON.stringify({ repository, files: written, unknownTypes: [...unknown] }, undefined, 2));
    else
      tell(
        { app, written, unknown, environments: [...stages, ...(previews ? ["preview"] : [])], account, region: appOptions.region },
        invocation,
      );
    return exitCode.done;
  },
};

async function appData({ folder }: Invocation): Promise<AppData> {
  await loadApp({ folder, stage: "local", local: true }); // names what is wrong with the file
  const [{ appDataOf }, module] = await Promise.all([
    import("@plinth/language/reading"),
    import(pathToFileURL(join(folder, configName)).href) as Promise<{ default?: unknown }>,
  ]);
  return appDataOf(module.default)!;
}

function repositoryOf({ folder, options }: Invocation): string {
  const given = options["repository"];
  const text = typeof given === "string" ? given : (git(folder, "remote", "get-url", "origin") ?? "");
  const [, found] = /^(?:.*[:/])?([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(text) ?? [];
  if (found) return found;
  throw new Failure(text === "" ? "The folder has no remote called origin." : `${JSON.stringify(text)} is no repository.`, {
    code: "usage",
    exit: exitCode.usage,
    remedy: "plinth ci init --repository OWNER/NAME",
  });
}

function accountOf({ options }: Invocation): string {
  const given = options["account"];
  if (given === undefined) return "${{ vars.AWS_ACCOUNT_ID }}";
  if (/^\d{12}$/.test(String(given))) return String(given);
  throw new Failure(`${String(given)} is no account: it has twelve digits.`, { code: "usage", exit: exitCode.usage });
}

const repositoryFolder = (folder: string) => git(folder, "rev-parse", "--show-toplevel") ?? folder;

function git(folder: string, ...words: string[]): string | undefined {
  try {
    return execFileSync("git", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined; // no git, no repository, or no such remote
  }
}

interface Told {
  app: string;
  written: readonly { path: string; state: string }[];
  unknown: ReadonlySet<string>;
  environments: readonly string[];
  account: string;
  region: string;
}

function tell({ app, written, unknown, environments, account, region }: Told, { terminal }: Invocation): void {
  for (const { path, state } of written) {
    const edited = state === "kept";
    terminal.print(`${edited ? terminal.colours.yellow("kept") : state}  ${path}${edited ? "  edited since: --force writes over it" : ""}`);
  }
  if (unknown.size > 0) {
    terminal.note(`The roles cannot make ${[...unknown].join(", ")}: add what those need to .github/plinth/*-role.yml.`);
  }
  terminal.note("\nOnce, by somebody who may make roles:");
  for (const [index, environment] of environments.entries()) {
    const provider = index === 0 ? "" : " --parameter-overrides ProviderArn=ARN_OF_THE_FIRST";
    terminal.note(
      `  aws cloudformation deploy --region ${region} --template-file .github/plinth/${environment}-role.yml --stack-name plinth-ci-${app}-${environment} --capabilities CAPABILITY_NAMED_IAM${provider}`,
    );
  }
  terminal.note(
    `On GitHub: the environments ${environments.join(", ")}, with required reviewers where somebody has to agree${account.startsWith("$") ? "; the variable AWS_ACCOUNT_ID" : ""}.`,
  );
}
