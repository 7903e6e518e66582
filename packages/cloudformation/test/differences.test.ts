import { describe, expect, test } from "vitest";
import { coerceProperties, dependencies, diffProperties, diffTemplates, inOrder, parseTemplate, validateProperties } from "../src/index.ts";
import { resourceTypeSchema } from "../src/resource-types/index.ts";

const schema = (type: string) => resourceTypeSchema(type)!;

test("properties are checked against the published schema, by path", () => {
  expect(
    validateProperties(schema("AWS::ECS::Service"), {
      Cluster: 5,
      DesiredCount: "two",
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: "subnet-1", Nope: 1 } },
      LaunchType: "MOON",
    }),
  ).toEqual([
    { path: "#/DesiredCount", message: "expected type: Number, found: String" },
    { path: "#/NetworkConfiguration/AwsvpcConfiguration/Subnets", message: "expected type: JSONArray, found: String" },
    { path: "#/NetworkConfiguration/AwsvpcConfiguration", message: "extraneous key [Nope] is not permitted" },
    { path: "#/LaunchType", message: "MOON is not a valid enum value" },
  ]);
  expect(validateProperties(schema("AWS::EC2::Subnet"), {})).toEqual([{ path: "#", message: "required key [VpcId] not found" }]);
  expect(validateProperties(schema("AWS::EC2::Subnet"), { VpcId: { Ref: "Vpc" }, CidrBlock: "{{resolve:ssm:/a}}" })).toEqual([]);
});

test("text, numbers and booleans take the type that the schema wants", () => {
  expect(coerceProperties(schema("AWS::ECS::Service"), { DesiredCount: "2", EnableExecuteCommand: "true", ServiceName: 7 })).toEqual({
    DesiredCount: 2,
    EnableExecuteCommand: true,
    ServiceName: "7",
  });
});

test("a difference names the property, its place, and what it does", () => {
  const before = { VpcId: "vpc-1", CidrBlock: "10.0.0.0/24", Tags: [{ Key: "a", Value: "1" }], MapPublicIpOnLaunch: true };
  const after = { VpcId: "vpc-1", CidrBlock: "10.0.1.0/24", Tags: [{ Key: "a", Value: "2" }], MapPublicIpOnLaunch: "true" };
  expect(diffProperties(schema("AWS::EC2::Subnet"), before, after)).toEqual([
    {
      name: "CidrBlock",
      path: "/Properties/CidrBlock",
      change: "Modify",
      replacement: "Always",
      before: "10.0.0.0/24",
      after: "10.0.1.0/24",
    },
    { name: "Tags", path: "/Properties/Tags/0/Value", change: "Modify", replacement: "Never", before: "1", after: "2" },
  ]);
});

describe("diffTemplates", () => {
  const before = parseTemplate(`
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Logs: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain, Properties: {RetentionInDays: 7}}
`);

  test("a replacement carries on to what refers to it, a deletion says what stays", () => {
    const after = parseTemplate(`
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Topic: {Type: AWS::SNS::Topic}
`);
    expect(
      diffTemplates(before, after).map(({ logicalId, action, policy, properties }) => [
        logicalId,
        action,
        policy,
        properties.map(({ name, cause }) => [name, cause]),
      ]),
    ).toEqual([
      ["Vpc", "replace", "Delete", [["CidrBlock", undefined]]],
      ["Topic", "create", undefined, []],
      ["Subnet", "replace", "Delete", [["VpcId", { resource: "Vpc" }]]],
      ["Logs", "delete", "Retain", []],
    ]);
  });

  test("a changed parameter changes what names it; nothing changed is nothing", () => {
    const template = parseTemplate(
      "Parameters: {Days: {Type: Number}}\nResources:\n  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !Ref Days}}\n",
    );
    expect(diffTemplates(template, template)).toEqual([]);
    expect(diffTemplates(template, template, new Set(["Days"]))).toMatchObject([
      { logicalId: "Logs", action: "update", properties: [{ cause: { parameter: "Days" } }] },
    ]);
  });
});

test("the order of dependencies follows every kind of reference", () => {
  const template = parseTemplate(`
Resources:
  D: {Type: T, DependsOn: [C]}
  C: {Type: T, Properties: {V: !Sub "\${B.Arn}"}}
  B: {Type: T, Properties: {V: [{W: !GetAtt A.Arn}]}}
  A: {Type: T}
`);
  expect(inOrder(dependencies(template))).toEqual(["A", "B", "C", "D"]);
});
