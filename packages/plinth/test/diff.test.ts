import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const before = `
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Size: { Type: String, Default: db.t3.micro }
  Password: { Type: String, NoEcho: true }
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceClass: !Ref Size
      MasterUserPassword: !Ref Password
      StorageEncrypted: false
  Old: { Type: AWS::SNS::Topic }
  Strange: { Type: "AWS::Nobody::Knows", Properties: { A: 1 } }
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !Sub arn:aws:iam::\${AWS::AccountId}:role/x
      Environment: { Variables: { API_TOKEN: hunter2, MODE: a } }
      Code: { ZipFile: "" }
`;
const after = before
  .replace("db.t3.micro", "db.t3.small")
  .replace("  Old: { Type: AWS::SNS::Topic }\n", "  New: { Type: AWS::SQS::Queue }\n")
  .replace("A: 1", "A: 2")
  .replace("hunter2, MODE: a", "hunter3, MODE: b");

let app: AppFolder;
beforeAll(async () => {
  app = await appFolder({
    "before.yaml": before,
    "after.yaml": after,
    "encrypted.yaml": after.replace("StorageEncrypted: false", "StorageEncrypted: true"),
    "same.json": JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic" } } }),
    "none.yaml": "just: text\n",
    "circle.yaml": "Resources:\n  A: { Type: 'AWS::SNS::Topic', DependsOn: B }\n  B: { Type: 'AWS::SNS::Topic', DependsOn: A }\n",
    "torn.json": '{ "Resources": {',
    "main/Web.template.json": JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic" } } }),
    "main/manifest.json": "{}",
    "branch/Web.template.json": JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: "x" } } } }),
    "branch/Data.template.json": JSON.stringify({ Resources: { Table: { Type: "AWS::DynamoDB::Table" } } }),
    "empty/readme.md": "nothing here",
  });
});
afterAll(() => app[Symbol.asyncDispose]());
const run = (...words: string[]) => plinth(app.folder, words);

test("two templates of any tool, in YAML: what moves first, secrets never", async () => {
  const { exit, out } = await run("diff", "before.yaml", "after.yaml");
  expect(exit).toBe(0);
  await expect(`${out.join("\n")}\n`).toMatchFileSnapshot("golden/diff.txt");
  expect(out.join("\n")).not.toMatch(/hunter/);
});

test("a replacement says what becomes of the data", async () => {
  const { out } = await run("diff", "before.yaml", "encrypted.yaml");
  expect(out.slice(0, 4)).toEqual([
    "replaced",
    "  encrypted",
    "    ± Db AWS::RDS::DBInstance",
    expect.stringContaining("StorageEncrypted"),
  ]);
  expect(out.join("\n")).toContain("! the database Db is replaced by an empty one: its data is LOST");
});

test("folders are compared template by template, other files in them left alone", async () => {
  const { exit, out } = await run("diff", "main", "branch", "--json");
  expect(exit).toBe(0);
  const diff = JSON.parse(out.join("\n"));
  expect(diff.layers.map(({ stack, action }: { stack: string; action: string }) => [stack, action])).toEqual([
    ["Data", "create"],
    ["Web", "update"],
  ]);
  expect(diff.summary).toEqual({ create: 1, update: 1, interrupt: 0, replace: 0, delete: 0 });
});

test("the same template differs in nothing", async () => {
  expect((await run("diff", "same.json", "same.json")).out).toEqual(["Nothing to change."]);
});

test("as markdown", async () => {
  const { out } = await run("diff", "before.yaml", "after.yaml", "--markdown");
  expect(out[0]).toBe("### before.yaml → after.yaml");
  expect(out.join("\n")).toContain("<details><summary>Made: 1</summary>");
});

test.each([
  [["none.yaml", "after.yaml"], 3, "none.yaml is no CloudFormation template: "],
  [["before.yaml", "torn.json"], 3, "torn.json is no CloudFormation template: Template format error: JSON not well-formed."],
  [["before.yaml", "circle.yaml"], 3, "A template does not hold: Circular dependency between resources: [A, B]"],
  [["before.yaml", "not-there"], 2, "not-there cannot be read."],
  [["empty", "branch"], 2, "empty holds no templates."],
])("what is no template is named: %j", async (words, code, message) => {
  const { exit, failure } = await run("diff", ...words);
  expect(failure?.message).toContain(message);
  expect(exit).toBe(code);
});
