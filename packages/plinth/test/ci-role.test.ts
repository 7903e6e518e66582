/** The proof of the generated permissions: threa's production is deployed with them and nothing else into an embedded cloud, which enforces policies, those of its key among them. */
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connectAws, realTime, type Aws, type DeployEvent } from "@plinth/deployer";
import { deployPolicy } from "@plinth/deployer/ci/deploy-policy";
import { policyDocuments } from "@plinth/deployer/ci/policy-documents";
import { readOnly } from "@plinth/deployer/ci/read-only";
import type { Statement } from "@plinth/deployer/ci/statement";
import { typePermissions } from "@plinth/deployer/ci/permissions/index";
import { deploy } from "@plinth/deployer/deploy";
import { planStage } from "@plinth/deployer/plan";
import { setSecret } from "@plinth/deployer/secrets/slots";
import type { Assembly } from "@plinth/compiler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadApp } from "../src/app/load-app.ts";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

let app: AppFolder;
let endpoint: string;
let root: Aws;
let assembly: Assembly;

beforeAll(async () => {
  app = await appFolder();
  const source = fileURLToPath(new URL("../../../examples/threa/", import.meta.url));
  cpSync(source, app.folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|\.plinth|test)(\/|$)/u.test(path.slice(source.length - 1)),
  });
  // The programs' own packages are those of the workspace.
  rmSync(`${app.folder}/node_modules`, { recursive: true });
  symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), `${app.folder}/node_modules`);
  expect((await plinth(app.folder, ["cloud", "start"])).exit).toBe(0);
  ({ endpoint } = JSON.parse((await plinth(app.folder, ["cloud", "status", "--json"])).out.join("\n")));
  assembly = await loadApp({ folder: app.folder, stage: "prod", local: true });
  root = connectAws(assembly.region, endpoint);
  for (const slot of assembly.secrets) await setSecret(root, slot, "a value of some length");
});
afterAll(async () => {
  root.close();
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

/** Whoever has just these permissions. */
async function as(name: string, statements: readonly Statement[]): Promise<Aws> {
  const { Account } = await root.call("sts", "GetCallerIdentity", {});
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: Account }, Action: "sts:AssumeRole" }] };
  const { Role } = await root.call("iam", "CreateRole", { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) });
  for (const [index, document] of policyDocuments(statements).entries()) {
    const { Policy } = await root.call("iam", "CreatePolicy", { PolicyName: `${name}-${index}`, PolicyDocument: JSON.stringify(document) });
    await root.call("iam", "AttachRolePolicy", { RoleName: name, PolicyArn: Policy!.Arn! });
  }
  const { Credentials } = await root.call("sts", "AssumeRole", { RoleArn: Role!.Arn!, RoleSessionName: "ci" });
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials!;
  return connectAws(assembly.region, endpoint, { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
}

async function deployAs(aws: Aws) {
  const events: DeployEvent[] = [];
  try {
    const emit = (event: DeployEvent) => void events.push(event);
    const deployment = { assembly, aws, emit, signal: new AbortController().signal, folder: `${app.folder}/.plinth`, time: realTime };
    return await deploy(deployment, { commandOptions: "" });
  } finally {
    aws.close();
  }
}

test("without one of them the deploy fails and names it; with all of them, and nothing else, it succeeds", async () => {
  const { statements, unknownTypes } = deployPolicy("threa", "prod", [assembly]);
  expect(unknownTypes).toEqual([]);
  const missing = "ec2:CreateSubnet";
  const fewer = statements.map((one) => ({ ...one, Action: one.Action.filter((action) => action !== missing) }));
  await expect(deployAs(await as("threa-ci-fewer", fewer))).rejects.toThrow(/not authorized to perform: ec2:CreateSubnet/u);
  const { changed } = await deployAs(await as("threa-ci", statements));
  expect(changed).toBe(true);
  expect(JSON.parse((await plinth(app.folder, ["status", "--stage", "prod", "--local", "--json"])).out.join("\n"))).toMatchObject({
    deployed: true,
    services: [{ name: "web", running: 1 }],
  });

  // The plan's role looks, and changes nothing.
  const looks = await as("threa-ci-plan", readOnly(statements));
  const { plan } = await planStage(assembly, looks, `${app.folder}/.plinth`);
  expect(plan.summary).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  await expect(looks.call("cloudformation", "DeleteStack", { StackName: plan.layers[0]!.stack })).rejects.toThrow(/not authorized/u);
  // It sees that a parameter is there, and not what it holds.
  const { id } = assembly.secrets[0]!;
  const { Parameters } = await looks.call("ssm", "GetParameters", { Names: [id], WithDecryption: false });
  expect(Parameters).toMatchObject([{ Name: id, Type: "SecureString" }]);
  expect(Parameters![0]!.Value).not.toContain("a value");
  await expect(looks.call("ssm", "GetParameter", { Name: id, WithDecryption: true })).rejects.toThrow(/not allowed to access/u);
  looks.close();
});

test("the role of one stage changes nothing of another", async () => {
  const other = await loadApp({ folder: app.folder, stage: "budget", local: true });
  const aws = await as("threa-ci-budget", deployPolicy("threa", "budget", [other]).statements);
  const ids = new Map<string, string>();
  for (const { name } of assembly.stacks) {
    const { StackResources = [] } = await root.call("cloudformation", "DescribeStackResources", { StackName: name });
    for (const { ResourceType = "", PhysicalResourceId = "" } of StackResources) ids.set(ResourceType, PhysicalResourceId);
  }
  const of = (type: string) => ids.get(type) ?? type;
  const refused = { message: expect.stringMatching(/not authorized/u) as string };
  await expect(aws.call("cloudformation", "DeleteStack", { StackName: "threa-prod-network" })).rejects.toMatchObject(refused);
  await expect(aws.call("ec2", "DescribeSubnets", {})).resolves.toMatchObject({ Subnets: expect.any(Array) as unknown[] });
  await expect(aws.call("ec2", "DeleteSecurityGroup", { GroupId: of("AWS::EC2::SecurityGroup") })).rejects.toMatchObject(refused);
  await expect(aws.call("rds", "ModifyDBInstance", { DBInstanceIdentifier: of("AWS::RDS::DBInstance") })).rejects.toMatchObject(refused);
  await expect(aws.call("logs", "DeleteLogGroup", { logGroupName: "/ecs/threa" })).rejects.toMatchObject(refused);
  await expect(aws.call("secretsmanager", "GetSecretValue", { SecretId: of("AWS::SecretsManager::Secret") })).rejects.toMatchObject(
    refused,
  );
  await expect(aws.call("iam", "DeleteRole", { RoleName: of("AWS::IAM::Role") })).rejects.toMatchObject(refused);
  await expect(aws.call("ssm", "GetParameter", { Name: "/threa/workos-api-key" })).rejects.toMatchObject(refused);
  await expect(aws.call("ecs", "UpdateService", { cluster: "threa", service: of("AWS::ECS::Service") })).rejects.toMatchObject(refused);
  aws.close();
});

test("every type that the compiler can write has its permissions", () => {
  const source = fileURLToPath(new URL("../../compiler/src", import.meta.url));
  const types = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) => readFileSync(`${source}/${path}`, "utf8").match(/"AWS::\w+::\w+"/gu) ?? []);
  expect(types.length).toBeGreaterThan(70);
  const missing = [...new Set(types)].map((type) => type.slice(1, -1)).filter((type) => !Object.hasOwn(typePermissions, type));
  expect(missing).toEqual([]);
});

test("the policies reach no other app's names, and fit into a role", () => {
  const { statements } = deployPolicy("threa", "prod", [assembly]);
  expect(policyDocuments(statements).length).toBeLessThanOrEqual(10);
  for (const document of policyDocuments(statements)) expect(JSON.stringify(document).length).toBeLessThanOrEqual(6_144);
  expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
  const unscoped = statements.filter(({ Resource, Condition }) => Resource.includes("*") && !Condition).flatMap(({ Action }) => Action);
  const changing = unscoped
    .filter((action) => !/:(Describe|List|Get|BatchGet|BatchCheck)/u.test(action))
    .map((action) => action.split(":")[0]!);
  // What AWS names by an id of its own, or by a truncated name.
  expect([...new Set(changing)].sort()).toMatchInlineSnapshot(`
    [
      "ecs",
      "sns",
    ]
  `);
  expect(
    unscoped.filter((action) => /^(iam|secretsmanager|s3|cloudformation):(Create|Put|Delete|Update|Attach|GetSecret)/u.test(action)),
  ).toEqual([]);
});

test.each([
  ["threa", "prod"],
  ["threa", "budget"],
  ["hana", "prod"],
  ["arive", "prod"],
  ["plue", "production"],
  ["hebo", "production"],
  ["hebo", "pr-1"],
])("every type in the templates of %s %s has its permissions, in no more policies than a role takes", async (example, stage) => {
  const folder = fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url));
  const { statements, unknownTypes } = deployPolicy(example, stage, [await loadApp({ folder, stage, local: false })]);
  expect(unknownTypes).toEqual([]);
  expect(policyDocuments(statements).length).toBeLessThanOrEqual(10);
});
