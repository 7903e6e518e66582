/**
 * The life of every example's stage under the roles of `plinth ci init` and nothing else, in an embedded cloud, which enforces policies:
 * `node scripts/pipeline-rights.ts [EXAMPLE/STAGE …]`. It says what each step ended with, and of one that failed what was refused; 1 at the end when any was.
 * `ci-role.test.ts` does the shortest of them in the suite; all together take a quarter of an hour.
 */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectAws, type Aws } from "@plinth/deployer";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = join(root, "packages/plinth/bin/plinth.js");

/** Those whose templates differ. */
const everything = [
  "threa/prod",
  "threa/budget",
  "arive/dev",
  "arive/prod",
  "hana/dev",
  "hana/prod",
  "plue/dev",
  "plue/production",
  "hebo/pr-1",
  "hebo/production",
];

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

function plinth(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env, input = ""): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args, "--app", folder], { env, stdio: "pipe" });
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (ran.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (ran.err += text));
  child.stdin.end(input);
  const { promise, resolve } = Promise.withResolvers<Ran>();
  child.on("close", (code) => resolve({ ...ran, code }));
  return promise;
}

/** A copy of the example, with what its repository has besides: programs, where the example is a configuration only. */
function copyOf(example: string): string {
  const source = join(root, "examples", example, "/");
  const folder = mkdtempSync(join(tmpdir(), `plinth-rights-${example}-`));
  cpSync(source, folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|\.plinth|test)(\/|$)/u.test(path.slice(source.length - 1)),
  });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  if (example === "hebo") {
    write(folder, "Dockerfile", 'FROM node:24-alpine\nWORKDIR /app\nCOPY server.js .\nCMD ["node", "server.js"]\n');
    write(folder, "server.js", server);
    write(folder, "apps/console/server.js", server);
    write(folder, "apps/console/Dockerfile", 'FROM node:24-alpine\nWORKDIR /app\nCOPY server.js .\nCMD ["node", "server.js"]\n');
  }
  return folder;
}

const server = `import { createServer } from "node:http";\ncreateServer((request, response) => response.end("ok")).listen(process.env.PORT ?? 3000);\n`;

function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  if (!existsSync(join(folder, path))) writeFileSync(join(folder, path), text);
}

/** Makes the roles from the very templates that `ci init` has written, lets the account assume them, and gives the environment of each. */
async function assumeRoles(aws: Aws, folder: string, app: string, environment: string, endpoint: string) {
  const TemplateBody = readFileSync(join(folder, `.github/plinth/${environment}-role.yml`), "utf8");
  const StackName = `plinth-ci-${app}-${environment}`;
  await aws.call("cloudformation", "CreateStack", { StackName, TemplateBody, Capabilities: ["CAPABILITY_NAMED_IAM"] });
  for (;;) {
    const { Stacks = [] } = await aws.call("cloudformation", "DescribeStacks", { StackName });
    if (Stacks[0]?.StackStatus === "CREATE_COMPLETE") break;
    if (Stacks[0]?.StackStatus !== "CREATE_IN_PROGRESS") throw new Error(`${StackName}: ${Stacks[0]?.StackStatusReason}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const { Account } = await aws.call("sts", "GetCallerIdentity", {});
  const environments: Record<"deploy" | "plan", NodeJS.ProcessEnv> = { deploy: {}, plan: {} };
  for (const purpose of ["deploy", "plan"] as const) {
    const RoleName = `${StackName}${purpose === "plan" ? "-plan" : ""}`;
    // GitHub, who signs tokens, is not here: the account stands for it.
    const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: Account }, Action: "sts:AssumeRole" }] };
    await aws.call("iam", "UpdateAssumeRolePolicy", { RoleName, PolicyDocument: JSON.stringify(trust) });
    const { Credentials } = await aws.call("sts", "AssumeRole", {
      RoleArn: `arn:aws:iam::${Account}:role/${RoleName}`,
      RoleSessionName: "actions",
      DurationSeconds: 7_200,
    });
    environments[purpose] = {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials?.SessionToken,
    };
  }
  return environments;
}

/** The certificate that the app names by its ARN is one of an account that nobody has: a self-signed one takes its place. */
async function giveCertificate(aws: Aws, folder: string): Promise<void> {
  const config = readFileSync(join(folder, "plinth.config.ts"), "utf8");
  const named = /arn:aws:acm:[^"]+/u.exec(config)?.[0];
  if (named === undefined) return;
  const words = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=plue.example",
    "-keyout",
    "key.pem",
    "-out",
    "certificate.pem",
  ];
  execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
  const [PrivateKey, Certificate] = ["key.pem", "certificate.pem"].map((name) => readFileSync(join(folder, name)));
  const { CertificateArn = "" } = await aws.call("acm", "ImportCertificate", { PrivateKey, Certificate });
  writeFileSync(join(folder, "plinth.config.ts"), config.replace(named, CertificateArn));
}

async function live(example: string, stage: string): Promise<number> {
  const folder = copyOf(example);
  let failures = 0;
  const said = (what: string, ran: Ran, expected = 0) => {
    const fine = ran.code === expected;
    process.stdout.write(`${fine ? "  " : "✗ "}${example}/${stage}  ${what}  ${ran.code}\n`);
    if (fine) return;
    failures++;
    process.stdout.write(`${`${ran.out}\n${ran.err}`.trim().split("\n").slice(-15).join("\n")}\n`);
  };
  try {
    await plinth(folder, ["cloud", "start"]);
    const { endpoint, region = "us-east-1" } = JSON.parse((await plinth(folder, ["cloud", "status", "--json"])).out) as {
      endpoint: string;
      region?: string;
    };
    const aws = connectAws(region, endpoint);
    await giveCertificate(aws, folder);
    // Threa's file gives other names where it is deployed with --local; of the others some parts are only there with it.
    const here = ["--stage", stage, ...(example === "threa" ? [] : ["--local"])];
    const owner = { ...process.env, AWS_ENDPOINT_URL: endpoint };
    const environment = stage.startsWith("pr-") ? "preview" : stage;
    said("ci init", await plinth(folder, ["ci", "init", "--repository", "acme/shop"]));
    const { deploy, plan } = await assumeRoles(aws, folder, example, environment, endpoint);
    const step = async (who: NodeJS.ProcessEnv, what: readonly string[], expected = 0, input = "") =>
      said(`${who === plan ? "plan role: " : ""}${what.join(" ")}`, await plinth(folder, [...what, ...here], who, input), expected);

    await step(plan, ["plan", "--no-drift", "--markdown"]);
    // Where the stores are not there yet, the first deploy stops at them.
    const first = await plinth(folder, ["deploy", "--yes", ...here], deploy);
    const secrets = JSON.parse((await plinth(folder, ["secrets", "list", "--json", ...here], owner)).out || "[]") as {
      name: string;
      kind: string;
      fields?: string[];
    }[];
    for (const { name, fields } of secrets) {
      for (const one of fields?.map((field) => `${name}.${field}`) ?? [name])
        await plinth(folder, ["secrets", "set", one, ...here], owner, "a value of some length");
    }
    said("deploy --yes, before secrets are set", first, first.err.includes("has no value") || first.err.includes("have no value") ? 7 : 0);
    await step(deploy, ["deploy", "--yes"]);
    await step(plan, ["plan", "--no-drift", "--markdown"]);
    await step(plan, ["deploy", "--yes"], 1);
    for (const command of ["status", "outputs", "releases"]) await step(plan, [command]);
    for (const { name, fields } of secrets.filter(({ kind }) => kind === "secret"))
      await step(plan, ["secrets", "get", "--reveal", fields ? `${name}.${fields[0]}` : name], 1);
    // An update of programs, and what somebody has changed by hand set back.
    const config = readFileSync(join(folder, "plinth.config.ts"), "utf8");
    writeFileSync(
      join(folder, "plinth.config.ts"),
      config
        .replaceAll(/env(: | = )\{ (?!\.\.\.)/gu, 'env$1{ CHANGED: "once", ')
        .replace("env: shared", 'env: { ...shared, CHANGED: "once" }'),
    );
    await step(deploy, ["deploy", "--yes"]);
    await step(deploy, ["deploy", "--yes", "--revert-drift"]);
    await step(deploy, ["rollback", "--yes", "--templates"]);
    await step(deploy, ["deploy", "--yes"]);
    for (const place of [".", "backend"])
      if (existsSync(join(folder, place, "Dockerfile"))) write(folder, join(place, "changed.txt"), "once");
    await step(deploy, ["deploy", "--yes", "--only", "application"]);
    if (config.includes("const migrate")) await step(deploy, ["run", "migrate"]);
    if (stage.startsWith("pr-")) await step(deploy, ["previews", "reap", "--yes"]);
    await step(deploy, ["destroy", "--yes", "--lift-protection"]);
    aws.close();
  } finally {
    await plinth(folder, ["cloud", "stop"]);
    rmSync(folder, { recursive: true, force: true });
  }
  return failures;
}

let failures = 0;
for (const one of process.argv.length > 2 ? process.argv.slice(2) : everything) {
  const [example = "", stage = ""] = one.split("/");
  failures += await live(example, stage);
}
process.exitCode = failures > 0 ? 1 : 0;
