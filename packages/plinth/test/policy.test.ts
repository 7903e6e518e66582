/** `plinth check` and `plinth reach`: of an app, of templates that others made, and of what is none. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = (options = "") => `import { app, image, loadBalancer, postgres, service } from "plinth";

export default app("shop", { region: "eu-central-1", stages: ["prod"], production: ["prod"], ${options} }, () => {
  const database = postgres();
  const api = service({ image: image(), port: 3000, env: { DATABASE_URL: database } });
  const entry = loadBalancer({ routes: { "/*": api } });
  return { database, api, entry };
});
`;

const foreign = `Parameters:
  Group: { Type: AWS::EC2::SecurityGroup::Id }
Resources:
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0 }
  Machine:
    Type: AWS::EC2::Instance
    Properties:
      SecurityGroupIds: [!GetAtt Door.GroupId, !Ref Group]
      NetworkInterfaces: [{ AssociatePublicIpAddress: true, GroupSet: [!Ref Door], DeviceIndex: "0" }]
  Thing: { Type: "Custom::Thing" }
`;

let sound: AppFolder;
let strict: AppFolder;

beforeAll(async () => {
  sound = await appFolder({ "plinth.config.ts": config(), Dockerfile: "FROM node:24\n", "foreign.yaml": foreign });
  strict = await appFolder({
    "plinth.config.ts": config(
      'never: [["internet", "database"], ["internet", "api"]], waive: [{ rule: "rds-single-zone", of: "database", because: "an hour without it is fine" }, { rule: "open-port", because: "nothing" }]',
    ),
    Dockerfile: "FROM node:24\n",
  });
});
afterAll(async () => {
  await sound[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
});

test("reach shows what the internet reaches first, then the matrix and what programs may do", async () => {
  const { exit, out } = await plinth(sound.folder, ["reach", "--stage", "prod"]);
  expect(exit).toBe(0);
  expect(out.slice(0, 12).map((line) => line.trimEnd())).toEqual([
    "shop prod",
    "",
    "open to the internet",
    "  entry  80                   plinth.config.ts:6",
    "  api    3000  through entry  plinth.config.ts:5",
    "",
    "who reaches what, on which port",
    "                          entry  api     database  internet",
    "  internet                80     (3000)  ·         ·",
    "  entry                   ·      3000    ·         ·",
    "  api                     ·      ·       5432      443",
    "  databaseAdministration  ·      ·       5432      443",
  ]);
});

test("a pair is answered by its way, or by what blocks it", async () => {
  const open = await plinth(sound.folder, ["reach", "api", "database", "--stage", "prod"]);
  expect(open.out).toEqual(["api → database  open on 5432", "  api → database  5432  ApiToDatabase, DatabaseFromApi"]);
  const blocked = await plinth(sound.folder, ["reach", "internet", "database", "--stage", "prod", "--json"]);
  expect(JSON.parse(blocked.out.join("\n"))).toEqual({
    from: "internet",
    to: "database",
    reached: false,
    hops: [],
    permissions: [],
    blocked: [
      "database has no public address",
      "the subnets of database have no route to an internet gateway",
      "no rule of DatabaseSecurityGroup lets the internet in on 5432",
    ],
  });
});

test("what the app says never of fails check, reach, plan and deploy, with the way", async () => {
  const check = await plinth(strict.folder, ["check", "--stage", "prod"]);
  expect(check.exit).toBe(1);
  const at = check.out.indexOf("✗ never: internet → api  and yet it reaches it");
  expect(at).toBeGreaterThan(0);
  expect(check.out.slice(at + 1, at + 3).join("\n")).toMatch(/internet → entry {2}80 .*\n {2}entry → api {7}3000/);
  expect(check.out.join("\n")).not.toContain("never: internet → database");
  expect((await plinth(strict.folder, ["reach", "--stage", "prod"])).exit).toBe(1);
  const plan = await plinth(strict.folder, ["plan"]);
  expect(plan.exit).toBe(1);
  expect(plan.out.join("\n")).toContain("never: internet → api");
  const deploy = await plinth(strict.folder, ["deploy", "--yes"]);
  expect(deploy.failure).toMatchObject({ code: "never", exit: 3, evidence: ["internet → entry (80) → api (3000)"] });
});

test("a waived finding is shown with its reason, and one that nothing needs by its name", async () => {
  const { out } = await plinth(strict.folder, ["check", "--stage", "prod"]);
  const page = out.join("\n");
  expect(page).toContain("waived by the app\n  rds-single-zone database  an hour without it is fine");
  expect(page).toContain("waive open-port: nothing here needs it");
  expect(page).not.toContain("it stands in one zone");
});

test("an app in production passes what is grave; findings name its lines", async () => {
  const { exit, out } = await plinth(sound.folder, ["check", "--stage", "prod", "--json"]);
  const report = JSON.parse(out.join("\n")) as { findings: { rule: string; severity: string; name: string; source?: string }[] };
  expect(exit).toBe(0);
  expect(report.findings.filter(({ severity }) => severity === "high")).toEqual([]);
  expect(report.findings).toContainEqual(
    expect.objectContaining({ rule: "rds-single-zone", name: "database", source: "plinth.config.ts:4" }),
  );
});

test("templates of any origin are checked; what is grave ends with 1, and unknown types are named", async () => {
  const { exit, out } = await plinth(sound.folder, ["check", "foreign.yaml"]);
  expect(exit).toBe(1);
  const page = out.join("\n");
  expect(page).toContain("high\n  instance-old-metadata");
  expect(page).toContain("Door: 22 is open to everybody");
  expect(page).toContain("unknown to every rule: Custom::Thing");
  const reach = await plinth(sound.folder, ["reach", "foreign.yaml", "internet", "Machine"]);
  expect(reach.out[0]).toBe("internet → Machine  open on 22");
});

test.each([
  [["check", "absent.yaml"], 2, "absent.yaml cannot be read."],
  [
    ["check", "package.json"],
    3,
    "package.json is no CloudFormation template: Template format error: At least one Resources member must be defined.",
  ],
  [
    ["reach", "broken.json"],
    3,
    "broken.json is no CloudFormation template: Template format error: JSON not well-formed. (line 1, column 4)",
  ],
  [
    ["reach", "untyped.yaml"],
    3,
    "untyped.yaml is no CloudFormation template: Template format error: [/Resources/It] Every resource must have a Type.",
  ],
  [["reach", "api"], 2, "From api, to what?"],
  [["reach", "a", "b", "c"], 2, "A pair has two names, not 3."],
  [["reach", "api", "databose"], 2, "There is no databose here."],
  [["check", "--rules", "x.guard"], 2, "--rules is read by AWS's validator, which --deep runs."],
  [["check", "--deep", "foreign.yaml"], 6, "--deep needs @aws/cloudformation-validate, which is not installed."],
])("what cannot be looked at is named: %j", async (words, exit, message) => {
  await sound.write({ "broken.json": "{ x", "untyped.yaml": "Resources: { It: { Properties: {} } }" });
  const { failure } = await plinth(sound.folder, words);
  expect(failure).toMatchObject({ exit, message });
  expect(failure?.remedy).toBeTruthy();
});

test("what a transform makes of a template is said not to be looked at, by each command", async () => {
  const file = join(sound.folder, "sam.yaml");
  await writeFile(
    file,
    "Transform: AWS::Serverless-2016-10-31\nResources:\n  Hello: { Type: AWS::Serverless::Function, Properties: { Handler: a.b } }\n  Kept: { Type: AWS::SQS::Queue }\n",
  );
  for (const words of [
    ["cost", file],
    ["check", file],
    ["reach", file],
    ["diff", file, file],
  ]) {
    const { out } = await plinth(sound.folder, words);
    expect(out.join(" ").replaceAll(/\s+/g, " "), words[0]).toMatch(
      /AWS::Serverless-2016-10-31(?: makes of sam (?:was|is) not|: what this transform makes is not)/,
    );
  }
});

test("--deep runs AWS's validator where it is installed, and names the app's lines", async () => {
  const folder = join(strict.folder, "node_modules/@aws/cloudformation-validate");
  await mkdir(folder, { recursive: true });
  // With the interface of its index.d.ts; it finds one thing in each template with a database, and repeats the rules that it was given.
  await writeFile(
    join(folder, "index.js"),
    `exports.version = () => "1.14.0";
exports.RegoEngine = class {
  constructor({ guardRules }) { this.rules = guardRules; }
  validateStandard(template, { pseudoParameterOverrides }) {
    const { Resources } = JSON.parse(Buffer.from(template.readBytes()).toString());
    const diagnostics = Resources.Database ? [{ ruleId: "E3012", severity: "ERROR", source: "SCHEMA", message: "no number in " + pseudoParameterOverrides.region,
      entity: { logicalId: "Database", entityType: "Resource" }, propertyPath: "Properties.Port" }, ...this.rules.map(({ content }) => ({ ruleId: "OWN", severity: "WARN", source: "GUARD", message: content }))] : [];
    return { status: "OK", diagnostics };
  }
  free() {}
};
`,
  );
  await strict.write({ "own.guard": "rule own { }" });
  const words = ["check", "--stage", "prod", "--deep", "--rules", "own.guard", "--json"];
  const { exit, out } = await plinth(strict.folder, words);
  const report = JSON.parse(out.join("\n")) as { validator: string; findings: { rule: string }[] };
  expect(exit).toBe(1);
  expect(report.validator).toBe("@aws/cloudformation-validate 1.14.0");
  expect(report.findings[0]).toMatchObject({
    rule: "E3012",
    severity: "high",
    name: "database",
    source: "plinth.config.ts:4",
    what: "no number in eu-central-1 (Properties.Port)",
  });
  expect(report.findings).toContainEqual(expect.objectContaining({ rule: "OWN", severity: "medium", what: "rule own { }" }));
});

test.each([
  ["hana", "prod"],
  ["threa", "prod"],
  ["plue", "production"],
  ["arive", "prod"],
  ["hebo", "production"],
])("%s in production has nothing grave, and nothing that is unknown", async (example, stage) => {
  const folder = fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url));
  const { exit, out } = await plinth(folder, ["check", "--stage", stage, "--json"]);
  const report = JSON.parse(out.join("\n")) as { findings: { severity: string }[]; waived: unknown[]; unknown: unknown[] };
  expect(report.findings.filter(({ severity }) => severity === "high")).toEqual([]);
  expect({ exit, waived: report.waived, unknown: report.unknown }).toEqual({ exit: 0, waived: [], unknown: [] });
});

test("in forty columns nothing but a name runs over the edge", async () => {
  for (const command of [
    ["check", "--verbose", "foreign.yaml"],
    ["cost", "foreign.yaml"],
    ["cost", "--verbose", "foreign.yaml"],
  ]) {
    const { out } = await plinth(sound.folder, command, { columns: 40 });
    expect(
      out
        .join("\n")
        .split("\n")
        .filter((line) => line.length > 40 && line.trim().includes(" ")),
    ).toEqual([]);
  }
});
