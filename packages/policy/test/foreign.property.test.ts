/** Templates of others hold anything: whatever stands in a property, reach and the rules answer and do not break. */
import { array, assert, constantFrom, dictionary, jsonValue, oneof, property, record, string, tuple } from "fast-check";
import { expect, test } from "vitest";
import { check, reachOf, rules } from "../src/index.ts";

const types = [
  ...new Set(rules.flatMap((rule) => rule.types)),
  "AWS::EC2::Route",
  "AWS::EC2::SecurityGroupEgress",
  "AWS::Scheduler::Schedule",
];
const reference = oneof(
  constantFrom("R0", "R1", "R2", "AWS::NoValue", "AWS::Region", "Nowhere").map((Ref) => ({ Ref })),
  tuple(constantFrom("R0", "R1"), constantFrom("Arn", "GroupId")).map((pair) => ({ "Fn::GetAtt": pair })),
  string().map((text) => ({ "Fn::Sub": `${text}\${R0}` })),
  tuple(constantFrom("Unknown"), jsonValue(), jsonValue()).map((parts) => ({ "Fn::If": parts })),
  jsonValue().map((value) => ({ "Fn::Join": value })),
  jsonValue().map((value) => ({ "Fn::Select": value })),
);
/** The names that rules read, with values that nobody would write. */
const propertyNames = [
  "ContainerDefinitions",
  "SecurityGroupIngress",
  "SecurityGroupEgress",
  "Policies",
  "PolicyDocument",
  "DistributionConfig",
  "NetworkConfiguration",
  "LoadBalancerAttributes",
  "DefaultActions",
  "Conditions",
  "SubnetIds",
  "VPCSecurityGroups",
  "Targets",
  "BucketName",
  "QueueName",
  "RedrivePolicy",
  "MasterUserPassword",
  "Cpu",
  "Memory",
  "RequiresCompatibilities",
  "Environment",
] as const;
const names = constantFrom(...propertyNames);
const value = oneof(jsonValue(), reference, array(oneof(jsonValue(), reference), { maxLength: 3 }));
const resource = record({ Type: constantFrom(...types), Properties: dictionary(names, value, { maxKeys: 5 }) });

test("reach and check answer about any template", () => {
  assert(
    property(array(resource, { minLength: 1, maxLength: 6 }), (resources) => {
      const Resources = Object.fromEntries(resources.map((one, index) => [`R${index}`, one]));
      const system = { stacks: [{ name: "it", template: { Resources } }] };
      const report = check(system);
      expect(report.resources).toBe(resources.length);
      expect(JSON.parse(JSON.stringify(reachOf(system).all()))).toHaveProperty("exposed");
      expect(report.unknown.map(({ type }) => type)).not.toContain("AWS::S3::Bucket");
    }),
    { numRuns: 1500 },
  );
});
