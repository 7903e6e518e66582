import { reachOf, type System } from "@plinth/policy";
import { expect, test } from "vitest";
import { reachText } from "../src/terminal/reach-text.ts";
import { noColours } from "../src/terminal/terminal.ts";

const rule = (port: number, peer: object) => ({ IpProtocol: "tcp", FromPort: port, ToPort: port, ...peer });
const system: System = {
  stacks: [
    {
      name: "it",
      template: {
        Resources: {
          Inner: { Type: "AWS::EC2::SecurityGroup", Properties: {} },
          Data: {
            Type: "AWS::EC2::SecurityGroup",
            Properties: { SecurityGroupIngress: [rule(5432, { SourceSecurityGroupId: { Ref: "Inner" } })] },
          },
          Machine: { Type: "AWS::EC2::Instance", Properties: { SecurityGroupIds: [{ Ref: "Inner" }], SubnetId: "subnet-1" } },
          Database: { Type: "AWS::RDS::DBInstance", Properties: { Engine: "postgres", VPCSecurityGroups: [{ Ref: "Data" }] } },
        },
      },
    },
  ],
};

const page = (columns: number) => {
  const reach = reachOf(system);
  const lines = reachText("it", reach.all(), reach.brokenNevers(), { colours: noColours, columns, verbose: false });
  return lines.slice(lines.indexOf("who reaches what, on which port") + 1);
};

test("the matrix stands in columns where they fit, and as a list where they do not", () => {
  expect(page(80)).toEqual(["           Database  internet", "  Machine  5432      every port"]);
  expect(page(24)).toEqual(["  Machine → internet", "    every port, Database", "    5432"]);
});

test("nothing open is said", () => {
  const reach = reachOf(system);
  const lines = reachText("it", reach.all(), [], { colours: noColours, columns: 80, verbose: false });
  expect(lines.slice(0, 4)).toEqual(["it", "", "open to the internet", "  nothing"]);
});
