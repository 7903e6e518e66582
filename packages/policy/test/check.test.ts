/** A report: waivers with their reasons, what no rule knows, assertions, and production. */
import { expect, test } from "vitest";
import { check, passes, type System } from "../src/index.ts";

const open = {
  Type: "AWS::EC2::SecurityGroup",
  Properties: { SecurityGroupIngress: [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIp: "0.0.0.0/0" }] },
};
const system = (more: Partial<System> = {}): System => ({
  stacks: [{ name: "it", template: { Resources: { Door: open, Thing: { Type: "Custom::Thing" }, Other: { Type: "Custom::Thing" } } } }],
  ...more,
});

test("the gravest come first, with where they come from", () => {
  const origin = (_: string, logicalId: string) => (logicalId === "Door" ? { key: "door", source: "plinth.config.ts:7" } : undefined);
  const report = check(system({ origin }));
  expect(report.findings.map(({ rule }) => rule)).toEqual(["open-admin-port", "open-port"]);
  expect(report.findings[0]).toMatchObject({ name: "door", logicalId: "Door", source: "plinth.config.ts:7", severity: "high" });
  expect(passes(report)).toBe(false);
});

test("a waiver takes a finding out and keeps its reason; one that nothing needs is named", () => {
  const waived = [
    { rule: "open-admin-port", of: "Door", because: "a honeypot" },
    { rule: "open-port", of: "Window", because: "there is none" },
  ];
  const report = check(system({ waived }));
  expect(report.findings.map(({ rule }) => rule)).toEqual(["open-port"]);
  expect(report.waived).toMatchObject([{ rule: "open-admin-port", because: "a honeypot" }]);
  expect(report.idleWaivers).toEqual([waived[1]]);
  expect(passes(report)).toBe(true);
});

test("types that no rule knows are unknown, and names that are not here as well", () => {
  const report = check(system({ never: [["internet", "nobody"]] }));
  expect(report.unknown).toEqual([{ type: "Custom::Thing", count: 2 }]);
  expect(report.unknownNames).toEqual(["nobody"]);
});

test("some rules speak of production alone", () => {
  const database = { Type: "AWS::RDS::DBInstance", Properties: { StorageEncrypted: true } };
  const stacks = [{ name: "it", template: { Resources: { Database: database } } }];
  const rulesOf = (production: boolean) => check({ stacks, production }).findings.map(({ rule }) => rule);
  expect(rulesOf(true)).toContain("rds-single-zone");
  expect(rulesOf(false)).not.toContain("rds-single-zone");
});
