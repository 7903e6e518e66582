import type { Resource, Template } from "@plinth/cloudformation";
import { describe, expect, test } from "vitest";
import { outwardTemplate } from "../src/outward-template.ts";
import { appLogicalId, withSuccessors } from "../src/successors.ts";

const database = (properties: Record<string, unknown> = {}): Resource => ({
  Type: "AWS::RDS::DBInstance",
  DeletionPolicy: "Snapshot",
  Properties: { DBInstanceClass: "db.t4g.micro", DBSubnetGroupName: { Ref: "DatabaseSubnetGroup" }, ...properties },
});
const app = (instance: Resource, parameters: string[] = ["Subnet"]): Template => ({
  Parameters: Object.fromEntries(parameters.map((name) => [name, { Type: "String" }])),
  Resources: {
    DatabaseSubnetGroup: { Type: "AWS::RDS::DBSubnetGroup", Properties: { SubnetIds: [{ Ref: "Subnet" }] } },
    Database: instance,
    DatabaseConnection: {
      Type: "AWS::SecretsManager::Secret",
      Properties: { SecretString: { "Fn::Sub": ["host=${Host}", { Host: { "Fn::GetAtt": ["Database", "Endpoint.Address"] } }] } },
    },
    DatabaseAlarm: { Type: "AWS::CloudWatch::Alarm", DependsOn: "Database", Properties: { Dimensions: [{ Value: { Ref: "Database" } }] } },
  },
  Outputs: {
    DatabaseEndpointAddress: { Value: { "Fn::GetAtt": ["Database", "Endpoint.Address"] } },
    DatabaseConnection: { Value: { Ref: "DatabaseConnection" } },
  },
});
const plain = app(database());
const encrypted = app(database({ StorageEncrypted: true }));
const ids = ({ Resources }: Template) => Object.keys(Resources).sort();
const mark = (of: string) => ({ Metadata: { "plinth:succeeds": of } });

describe("a create-only property changes", () => {
  const { template, successors } = withSuccessors(plain, encrypted);

  test("a successor stands beside it, and what tells its address has one too", () => {
    expect([...successors]).toEqual([
      ["Database2", { before: "Database", properties: ["StorageEncrypted"] }],
      ["DatabaseConnection2", { before: "DatabaseConnection", properties: [] }],
    ]);
    expect(ids(template)).toEqual(["Database2", "DatabaseAlarm", "DatabaseConnection2", "DatabaseSubnetGroup"]);
    expect(template.Resources["Database2"]).toEqual({ ...encrypted.Resources["Database"], ...mark("Database") });
    expect(ids(outwardTemplate(plain, template))).toEqual([
      "Database",
      "Database2",
      "DatabaseAlarm",
      "DatabaseConnection",
      "DatabaseConnection2",
      "DatabaseSubnetGroup",
    ]);
  });

  test("outputs keep their names and point to it, and so does whatever else names it", () => {
    expect(template.Outputs).toEqual({
      DatabaseEndpointAddress: { Value: { "Fn::GetAtt": ["Database2", "Endpoint.Address"] } },
      DatabaseConnection: { Value: { Ref: "DatabaseConnection2" } },
    });
    expect(template.Resources["DatabaseAlarm"]).toMatchObject({
      DependsOn: "Database2",
      Properties: { Dimensions: [{ Value: { Ref: "Database2" } }] },
    });
  });

  test("the pass back, a failed deploy and every later deploy find it again", () => {
    const out = outwardTemplate(plain, template);
    expect(withSuccessors(out, encrypted)).toEqual({ template, successors: new Map() });
    expect(withSuccessors(template, encrypted)).toEqual({ template, successors: new Map() });
    const larger = app(database({ StorageEncrypted: true, DBInstanceClass: "db.t4g.large" }));
    expect(withSuccessors(template, larger).template.Resources["Database2"]).toMatchObject({
      Properties: { DBInstanceClass: "db.t4g.large" },
    });
  });

  test("taken back before the old one went, the old one is used again", () => {
    const out = outwardTemplate(plain, template);
    const back = withSuccessors(out, plain);
    expect(back.template.Resources["Database"]).toEqual(plain.Resources["Database"]);
    expect(back.template.Resources["Database2"]).toBeUndefined();
  });

  test("taken back later, it is the third", () => {
    const { template: third, successors: made } = withSuccessors(template, plain);
    expect(made.get("Database3")).toEqual({ before: "Database2", properties: ["StorageEncrypted"] });
    expect(appLogicalId("Database3", third.Resources["Database3"]!)).toBe("Database");
  });

  test("an id that another thing of the app has is passed over", () => {
    const withOther = (of: Template): Template => ({ ...of, Resources: { ...of.Resources, Database2: { Type: "AWS::SNS::Topic" } } });
    expect([...withSuccessors(withOther(plain), withOther(encrypted)).successors.keys()]).toEqual(["Database3", "DatabaseConnection2"]);
    const later = withSuccessors(template, withOther(encrypted));
    expect(later.template.Resources["Database2"]!.Type).toBe("AWS::RDS::DBInstance");
    expect(later.template.Resources["Database2V2"]).toEqual({ Type: "AWS::SNS::Topic", ...mark("Database2") });
  });
});

test("a resource of another type is another", () => {
  const of = (Type: string): Template => ({ Resources: { Thing: { Type } } });
  expect([...withSuccessors(of("AWS::SNS::Topic"), of("AWS::S3::Bucket")).successors]).toEqual([
    ["Thing2", { before: "Thing", properties: ["Type"] }],
  ]);
});

test("what changes in place keeps its id", () => {
  const larger = app(database({ DBInstanceClass: "db.t4g.large" }));
  expect(withSuccessors(plain, larger)).toEqual({ template: larger, successors: new Map() });
});

test("a parameter that gets another value has the same effect, and what is kept keeps the old value", () => {
  const { template, successors } = withSuccessors(plain, plain, new Set(["Subnet"]));
  expect([...successors]).toEqual([
    ["DatabaseSubnetGroup2", { before: "DatabaseSubnetGroup", properties: ["SubnetIds"] }],
    ["Database2", { before: "Database", properties: ["DBSubnetGroupName"] }],
    ["DatabaseConnection2", { before: "DatabaseConnection", properties: [] }],
  ]);
  const out = outwardTemplate(plain, template, { Subnet: "subnet-old" });
  expect(out.Parameters).toEqual({ Subnet: { Type: "String" }, DeployedSubnet: { Type: "String", Default: "subnet-old" } });
  expect(out.Resources["DatabaseSubnetGroup"]!.Properties).toEqual({ SubnetIds: [{ Ref: "DeployedSubnet" }] });
  expect(out.Resources["DatabaseSubnetGroup2"]!.Properties).toEqual({ SubnetIds: [{ Ref: "Subnet" }] });
});

test("a network with another range of addresses stands beside the old one, whole", () => {
  const network = (range: string): Template => ({
    Resources: {
      Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: `${range}.0.0/16` } },
      InternetGateway: { Type: "AWS::EC2::InternetGateway" },
      Attachment: {
        Type: "AWS::EC2::VPCGatewayAttachment",
        Properties: { VpcId: { Ref: "Vpc" }, InternetGatewayId: { Ref: "InternetGateway" } },
      },
      PublicSubnet1: { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: `${range}.0.0/24` } },
      Group: { Type: "AWS::EC2::SecurityGroup", Properties: { GroupDescription: "g", VpcId: { Ref: "Vpc" } } },
      GroupIn: { Type: "AWS::EC2::SecurityGroupIngress", Properties: { GroupId: { "Fn::GetAtt": ["Group", "GroupId"] }, FromPort: 80 } },
      Cluster: { Type: "AWS::ECS::Cluster", Properties: { ClusterName: "shop" } },
    },
  });
  expect(ids(withSuccessors(network("10.0"), network("10.1")).template)).toEqual([
    "Attachment2",
    "Cluster",
    "Group2",
    "GroupIn2",
    "InternetGateway2",
    "PublicSubnet1V2",
    "Vpc2",
  ]);
});

test("revisions of a task definition are CloudFormation's matter", () => {
  const web = (cpu: string): Template => ({
    Resources: {
      Web: { Type: "AWS::ECS::TaskDefinition", Properties: { Cpu: cpu } },
      WebService: { Type: "AWS::ECS::Service", Properties: { TaskDefinition: { Ref: "Web" } } },
    },
  });
  expect(withSuccessors(web("256"), web("512"))).toEqual({ template: web("512"), successors: new Map() });
});

test("a name that is still taken is refused, with what would be right; another name is none of our business", () => {
  const named = (DBInstanceIdentifier: unknown, more: Record<string, unknown> = {}) => app(database({ DBInstanceIdentifier, ...more }));
  expect(() => withSuccessors(named("shop"), named("shop", { StorageEncrypted: true }))).toThrow(
    'Database (AWS::RDS::DBInstance) would have to be made anew: StorageEncrypted cannot be changed in place. Its name is pinned to "shop", which it still has.',
  );
  expect(withSuccessors(named("shop"), named("shop-2")).successors.get("Database2")?.properties).toEqual(["DBInstanceIdentifier"]);
  const topic = (fifo: boolean): Template => ({
    Resources: { Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "orders", FifoTopic: fifo } } },
  });
  expect(() => withSuccessors(topic(false), topic(true))).toThrow('pinned to "orders"');
});
