import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import { expect, test } from "vitest";
import { diffTemplates, interruptingProperties, leafDifferences, shownValue, type ShownContext, type Template } from "../src/index.ts";
import { resourceTypesInUse } from "../src/resource-types/index.ts";

const context: ShownContext = {
  parameter: (name) => ({ Size: "db.t4g.micro", Password: "(hidden)" })[name],
  isParameter: (name) => ["Size", "Password", "Host"].includes(name),
  isNew: (name) => name === "Fresh",
};
const text = (value: unknown, name = "") => shownValue(value, name, context);

test.each([
  ["a text", "x", "", "x", true],
  ["a number", 3, "", "3", true],
  ["a parameter", { Ref: "Size" }, "DBInstanceClass", "db.t4g.micro", true],
  ["one known later", { Ref: "Host" }, "", "(known after deploy)", false],
  ["a resource that stands", { "Fn::GetAtt": ["Old", "Arn"] }, "", "${Old.Arn}", true],
  ["one that is made", { "Fn::Sub": "${Fresh}/x" }, "", "${Fresh}/x", false],
  ["several joined", { "Fn::Join": ["-", ["a", { Ref: "Size" }]] }, "", "a-db.t4g.micro", true],
  ["a pseudo parameter", { "Fn::Sub": "arn:${AWS::Region}" }, "", "arn:${AWS::Region}", true],
  ["another function", { "Fn::Select": [0, { "Fn::GetAZs": "" }] }, "", '{"!Select":[0,{"!GetAZs":""}]}', true],
])("%s is shown as text", (_, value, name, shown, known) => {
  expect(text(value, name)).toEqual({ text: shown, known });
});

test.each([
  ["a literal", "hunter2", "MasterUserPassword", "(hidden)"],
  ["one in an environment", [{ Name: "API_KEY", Value: "hunter2" }], "Environment", '[{"Name":"API_KEY","Value":"(hidden)"}]'],
  ["one in an address", "postgres://app:hunter2@db/shop", "Value", "postgres://app:(hidden)@db/shop"],
  ["a parameter with NoEcho", { Ref: "Password" }, "Value", "(hidden)"],
  ["one in a substitution", { "Fn::Sub": '{"password":"hunter2"}' }, "SecretString", "(hidden)"],
  ["one joined", { "Fn::Join": ["", ["hunter", "2"]] }, "AuthToken", "(hidden)"],
  ["a parameter named in place of one", { Ref: "Size" }, "MasterUserPassword", "(hidden)"],
  [
    "a dynamic reference",
    "{{resolve:secretsmanager:shop/db:SecretString:password::v-1}}",
    "MasterUserPassword",
    "[secret shop/db.password, version v-1]",
  ],
  [
    "one put together",
    { "Fn::Sub": "{{resolve:secretsmanager:${Master}:SecretString:password}}" },
    "MasterUserPassword",
    "[secret ${Master}.password]",
  ],
  ["a secure parameter", "x={{resolve:ssm-secure:/a/b:4}}", "Value", "x=[secret /a/b, version 4]"],
  ["a reference that does not hold", "{{resolve:secretsmanager:a:b:c:d:e:f:hunter2}}", "Value", "(hidden)"],
])("a secret is never shown: %s", (_, value, name, shown) => {
  expect(text(value, name).text).toBe(shown);
});

test("differences go down to single entries, of lists by the names in them", () => {
  const before = { Statement: [{ Sid: "A", Action: "s3:Get*" }], Environment: [{ Name: "X", Value: "1" }], Ids: ["a", "b"] };
  const after = {
    Statement: [
      { Sid: "B", Action: "s3:Put*" },
      { Sid: "A", Action: "s3:*" },
    ],
    Environment: [{ Name: "X", Value: "2" }],
    Ids: ["b", "c", "d"],
  };
  expect(leafDifferences(before, after)).toEqual([
    { path: "/Statement/A/Action", before: "s3:Get*", after: "s3:*" },
    { path: "/Statement/B", after: { Sid: "B", Action: "s3:Put*" } },
    { path: "/Environment/X/Value", before: "1", after: "2" },
    { path: "/Ids/0", before: "a" },
    { path: "/Ids/1", after: "c" },
    { path: "/Ids/2", after: "d" },
  ]);
  expect(leafDifferences({ a: 80 }, { a: "80" })).toEqual([]);
});

const database = (Properties: Record<string, unknown>): Template => ({
  Resources: { Database: { Type: "AWS::RDS::DBInstance", Properties } },
});
const change = (before: Record<string, unknown>, after: Record<string, unknown>) => diffTemplates(database(before), database(after))[0];

test("an update that AWS documents as one with interruption says what stands still", () => {
  expect(change({ DBInstanceClass: "db.t4g.micro" }, { DBInstanceClass: "db.t4g.small" })).toMatchObject({
    action: "update",
    properties: [{ name: "DBInstanceClass", interruption: expect.stringContaining("while its class changes") }],
  });
  expect(change({ AllocatedStorage: "20" }, { AllocatedStorage: "40" })!.properties[0]).not.toHaveProperty("interruption");
  expect(change({ BackupRetentionPeriod: 7 }, { BackupRetentionPeriod: 14 })!.properties[0]).not.toHaveProperty("interruption");
  expect(change({ BackupRetentionPeriod: 0 }, { BackupRetentionPeriod: 7 })!.properties[0]).toHaveProperty("interruption");
});

test("a database without a policy is snapshotted when it is deleted, and deleted when it is replaced", () => {
  expect(diffTemplates(database({}), { Resources: {} })).toMatchObject([{ action: "delete", policy: "Snapshot" }]);
  expect(change({ StorageEncrypted: false }, { StorageEncrypted: true })).toMatchObject({ action: "replace", policy: "Delete" });
});

// oxlint-disable-next-line typescript/no-explicit-any -- the specification's own types are internal to its package
type Published = Record<string, { causesReplacement?: string; documentation?: string }> & any;
const db = loadAwsServiceSpecSync();
const published = (type: string) =>
  (db.lookup("resource", "cloudFormationType", "equals", type)[0] as { properties: Published } | undefined)?.properties as
    | Record<string, { causesReplacement?: string; documentation?: string }>
    | undefined;

test.each(interruptingProperties())(
  "the interruptions of %s are of properties that AWS publishes and does not replace for",
  (type, properties) => {
    for (const name of properties) {
      expect(published(type)?.[name], `${type} ${name}`).toBeDefined();
      expect(published(type)![name]!.causesReplacement, `${type} ${name}`).not.toBe("yes");
    }
  },
);

test("where the published text of a type in use says that an update interrupts, the table has it", () => {
  const table = new Map(interruptingProperties());
  const says =
    /updates? (to the `\w+` property may )?requires? (\*?some interruptions\*?)|CloudFormation restarts the instance|can result in interruptions/i;
  const found = resourceTypesInUse.flatMap((type) =>
    Object.entries(published(type) ?? {}).flatMap(([name, { documentation = "" }]) =>
      says.test(documentation) ? [[type, name] as const] : [],
    ),
  );
  expect(found.length).toBeGreaterThan(3);
  const missing = found.filter(([type, name]) => !table.get(type)?.includes(name) && name !== "Tags");
  expect(missing).toEqual([]);
});
