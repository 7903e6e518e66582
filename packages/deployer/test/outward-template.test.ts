import { references, type Template } from "@plinth/cloudformation";
import { assert, constant, constantFrom, property, record, uniqueArray } from "fast-check";
import { describe, expect, test } from "vitest";
import { keptParameters, leavesSomething, outwardTemplate } from "../src/outward-template.ts";

const bucket = { Type: "AWS::S3::Bucket" };

describe("deployed ∪ new", () => {
  test("a stack that is not there gets the new template", () => {
    const next: Template = { Resources: { A: bucket } };
    expect(outwardTemplate(undefined, next)).toBe(next);
  });

  test("what goes stays with its outputs and parameters; what changes and comes is new", () => {
    const deployed: Template = {
      Parameters: { Vpc: { Type: "String" }, OldGroup: { Type: "String" } },
      Resources: {
        Cache: { Type: "AWS::ElastiCache::ReplicationGroup", Properties: { SecurityGroupIds: [{ Ref: "OldGroup" }] } },
        Database: { Type: "AWS::RDS::DBInstance", Properties: { AllocatedStorage: "20" } },
      },
      Outputs: { CacheHost: { Value: { "Fn::GetAtt": ["Cache", "PrimaryEndPoint.Address"] } }, Host: { Value: { Ref: "Database" } } },
    };
    const next: Template = {
      Parameters: { Vpc: { Type: "String" } },
      Resources: { Database: { Type: "AWS::RDS::DBInstance", Properties: { AllocatedStorage: "40" } }, Extra: bucket },
      Outputs: { Host: { Value: { Ref: "Database" } } },
    };
    const outward = outwardTemplate(deployed, next);
    expect(outward).toEqual({
      Parameters: { Vpc: { Type: "String" }, OldGroup: { Type: "String" } },
      Resources: { Cache: deployed.Resources["Cache"], Database: next.Resources["Database"], Extra: bucket },
      Outputs: { Host: next.Outputs!["Host"], CacheHost: deployed.Outputs!["CacheHost"] },
    });
    expect(keptParameters(outward, next, deployed)).toEqual(["OldGroup"]);
    expect(leavesSomething(outward, next)).toBe(true);
  });

  test("with nothing to remove the pass back has nothing to do", () => {
    const deployed: Template = { Resources: { A: bucket } };
    const next: Template = { Resources: { A: { ...bucket, Properties: { BucketName: "a" } }, B: bucket } };
    expect(leavesSomething(outwardTemplate(deployed, next), next)).toBe(false);
  });

  test("a condition that changes its meaning stands twice while something kept needs the old one", () => {
    const deployed: Template = {
      Conditions: { Small: { "Fn::Equals": ["a", "a"] }, Tiny: { "Fn::Not": [{ Condition: "Small" }] } },
      Resources: { Old: { Type: "AWS::S3::Bucket", Condition: "Small", Properties: { BucketName: { "Fn::If": ["Tiny", "x", "y"] } } } },
    };
    const next: Template = { Conditions: { Small: { "Fn::Equals": ["a", "b"] } }, Resources: { New: { ...bucket, Condition: "Small" } } };
    expect(outwardTemplate(deployed, next)).toEqual({
      Conditions: {
        Small: { "Fn::Equals": ["a", "b"] },
        DeployedSmall: { "Fn::Equals": ["a", "a"] },
        Tiny: { "Fn::Not": [{ Condition: "DeployedSmall" }] },
      },
      Resources: {
        New: { ...bucket, Condition: "Small" },
        Old: { Type: "AWS::S3::Bucket", Condition: "DeployedSmall", Properties: { BucketName: { "Fn::If": ["Tiny", "x", "y"] } } },
      },
    });
  });
});

describe("what a running program relies on", () => {
  const role = (statements: object[]) => ({
    Type: "AWS::IAM::Role",
    Properties: { Policies: [{ PolicyName: "reads", PolicyDocument: { Version: "2012-10-17", Statement: statements } }] },
  });
  const allowCache = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: { Ref: "CacheSecret" } };
  const allowDatabase = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: { Ref: "DatabaseSecret" } };

  test("a role keeps what it was allowed until the pass back", () => {
    const outward = outwardTemplate({ Resources: { R: role([allowDatabase, allowCache]) } }, { Resources: { R: role([allowDatabase]) } });
    expect(outward.Resources["R"]).toEqual(role([allowDatabase, allowCache]));
  });

  test("an old denial does not stop the new program", () => {
    const deny = { Effect: "Deny", Action: "*", Resource: "*" };
    const outward = outwardTemplate({ Resources: { R: role([deny, allowCache]) } }, { Resources: { R: role([allowDatabase]) } });
    expect(outward.Resources["R"]).toEqual(role([allowDatabase, allowCache]));
  });

  test("a security group keeps its inline rules", () => {
    const group = (ports: number[]) => ({
      Type: "AWS::EC2::SecurityGroup",
      Properties: { GroupDescription: "g", SecurityGroupIngress: ports.map((port) => ({ FromPort: port })) },
    });
    const outward = outwardTemplate({ Resources: { G: group([80, 443]) } }, { Resources: { G: group([443, 8080]) } });
    expect(outward.Resources["G"]).toEqual(group([443, 8080, 80]));
  });
});

test("a union of sound templates is sound, holds every resource of both, and the new one's word counts", () => {
  const ids = ["A", "B", "C", "D", "E"];
  const sound = uniqueArray(constantFrom(...ids), { minLength: 1 }).chain((own) =>
    record({
      Resources: record(
        Object.fromEntries(
          own.map((id) => [
            id,
            record({
              Type: constant("AWS::S3::Bucket"),
              Properties: record({ BucketName: constantFrom(...own.map((other) => ({ Ref: other })), "x") }),
            }),
          ]),
        ),
      ),
      Outputs: constant(Object.fromEntries(own.map((id) => [`${id}Name`, { Value: { Ref: id } }]))),
    }),
  );
  assert(
    property(sound, sound, (deployed, next) => {
      const outward = outwardTemplate(deployed, next);
      const known = new Set(Object.keys(outward.Resources));
      expect(references([outward.Resources, outward.Outputs]).filter(({ name }) => !known.has(name))).toEqual([]);
      expect([...known].sort()).toEqual([...new Set([...Object.keys(deployed.Resources), ...Object.keys(next.Resources)])].sort());
      expect(outward.Resources).toMatchObject(next.Resources);
    }),
    { seed: 20260101 },
  );
});
