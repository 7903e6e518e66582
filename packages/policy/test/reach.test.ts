/** Who reaches what in templates that one can read: forwarders, addresses, endpoints, groups elsewhere, roles and policies. */
import type { Resource } from "@plinth/cloudformation";
import { expect, test } from "vitest";
import { reachOf, type System } from "../src/index.ts";

const system = (resources: Record<string, Omit<Resource, "Type"> & { Type: string }>, more: Partial<System> = {}): System => ({
  stacks: [{ name: "it", template: { Resources: resources } }],
  ...more,
});

const group = (ingress: object[] = [], egress?: object[]) => ({
  Type: "AWS::EC2::SecurityGroup",
  Properties: { SecurityGroupIngress: ingress, ...(egress && { SecurityGroupEgress: egress }) },
});
const service = (port: number, groups: string[], more: object = {}) => ({
  Type: "AWS::ECS::Service",
  Properties: {
    TaskDefinition: { Ref: `Task${port}` },
    NetworkConfiguration: {
      AwsvpcConfiguration: { Subnets: ["subnet-1"], SecurityGroups: groups.map((Ref) => ({ Ref })), AssignPublicIp: "DISABLED" },
    },
    ...more,
  },
});
const task = (port: number, roles: object = {}) => ({
  Type: "AWS::ECS::TaskDefinition",
  Properties: { ContainerDefinitions: [{ Name: "it", PortMappings: [{ ContainerPort: port }] }], ...roles },
});
const tcp = (port: number, peer: object) => ({ IpProtocol: "tcp", FromPort: port, ToPort: port, ...peer });
const everybody = { CidrIp: "0.0.0.0/0" };

const behindBalancer = {
  Balancer: {
    Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
    Properties: { Scheme: "internet-facing", Subnets: ["subnet-1", "subnet-2"], SecurityGroups: [{ Ref: "Outer" }] },
  },
  Listener: {
    Type: "AWS::ElasticLoadBalancingV2::Listener",
    Properties: {
      LoadBalancerArn: { Ref: "Balancer" },
      Port: 443,
      DefaultActions: [{ Type: "forward", ForwardConfig: { TargetGroups: [{ TargetGroupArn: { Ref: "Targets" } }] } }],
    },
  },
  Targets: { Type: "AWS::ElasticLoadBalancingV2::TargetGroup", Properties: { Port: 8000 } },
  Outer: group([tcp(443, everybody)]),
  Inner: group([tcp(8000, { SourceSecurityGroupId: { Ref: "Outer" } })]),
  Task8000: task(8000),
  Task9000: task(9000),
  Web: service(8000, ["Inner"], { LoadBalancers: [{ TargetGroupArn: { Ref: "Targets" }, ContainerPort: 8000 }] }),
  Worker: service(9000, ["Inner"]),
};

test("a load balancer hands on to its targets, by its listeners and the rules of both groups", () => {
  const reach = reachOf(system(behindBalancer));
  const answer = reach.pair("internet", "Web")!;
  expect(answer.reached).toBe(true);
  expect(answer.hops.map(({ from, to, ports }) => `${from} ${to} ${ports.join()}`)).toEqual(["internet Balancer 443", "Balancer Web 8000"]);
  expect(reach.pair("internet", "Worker")!).toMatchObject({
    reached: false,
    blocked: expect.arrayContaining(["Worker has no public address"]) as unknown,
  });
  expect(reach.pair("Balancer", "Worker")!.blocked).toEqual(["Balancer hands nothing on to Worker"]);
});

test("where the target's group does not let the balancer in, the answer says so", () => {
  const answer = reachOf(system({ ...behindBalancer, Inner: group([]) })).pair("internet", "Web")!;
  expect(answer.reached).toBe(false);
  expect(answer.blocked).toContain("no rule of Inner lets Balancer in on 8000");
});

test("an internal load balancer is not on the internet", () => {
  const { Balancer } = behindBalancer;
  const internal = { ...Balancer, Properties: { ...Balancer.Properties, Scheme: "internal" } };
  const all = reachOf(system({ ...behindBalancer, Balancer: internal })).all();
  expect(all.exposed.map(({ to }) => to)).toEqual([]);
});

test("who may come from some addresses only is told so", () => {
  const office = group([tcp(443, { CidrIp: "203.0.113.0/24" })]);
  const answer = reachOf(system({ ...behindBalancer, Outer: office })).pair("internet", "Web")!;
  expect(answer.hops[0]!.onlyFrom).toEqual(["203.0.113.0/24"]);
});

test("groups that are not in the templates are named, not guessed", () => {
  const database = {
    Type: "AWS::RDS::DBInstance",
    Properties: { Engine: "postgres", VPCSecurityGroups: ["sg-0abc"], DBSubnetGroupName: "elsewhere" },
  };
  const reach = reachOf(system({ ...behindBalancer, Database: database }));
  expect(reach.pair("Web", "Database")!.blocked.join()).toContain("the rules of sg-0abc are not in these templates");
  expect(reach.all().unknown).toContain("the rules of the security group sg-0abc are not in these templates");
});

test("a file system is reached through its mount targets, a cluster through its groups, a proxy hands on", () => {
  const reach = reachOf(
    system({
      Inner: group(),
      Data: group([5432, 2049].map((port) => tcp(port, { SourceSecurityGroupId: { Ref: "Inner" } }))),
      ProxyGroup: group([tcp(5432, { SourceSecurityGroupId: { Ref: "Inner" } })]),
      Hidden: group([tcp(5432, { SourceSecurityGroupId: { "Fn::GetAtt": ["ProxyGroup", "GroupId"] } })]),
      Files: { Type: "AWS::EFS::FileSystem" },
      Mount: {
        Type: "AWS::EFS::MountTarget",
        Properties: { FileSystemId: { Ref: "Files" }, SubnetId: "subnet-1", SecurityGroups: [{ Ref: "Data" }] },
      },
      Cluster: {
        Type: "AWS::RDS::DBCluster",
        Properties: { Engine: "aurora-postgresql", VpcSecurityGroupIds: [{ Ref: "Hidden" }] },
      },
      Proxy: {
        Type: "AWS::RDS::DBProxy",
        Properties: { EngineFamily: "POSTGRESQL", VpcSubnetIds: ["subnet-1"], VpcSecurityGroupIds: [{ Ref: "ProxyGroup" }] },
      },
      ProxyTargets: {
        Type: "AWS::RDS::DBProxyTargetGroup",
        Properties: { DBProxyName: { Ref: "Proxy" }, DBClusterIdentifiers: [{ Ref: "Cluster" }] },
      },
      Task80: task(80),
      Web: service(80, ["Inner"]),
    }),
  );
  expect(reach.pair("Web", "Files")!.hops[0]!.ports).toEqual(["2049"]);
  expect(reach.pair("Web", "Cluster")!.hops.map(({ to }) => to)).toEqual(["Proxy", "Cluster"]);
});

const roles = {
  Role: {
    Type: "AWS::IAM::Role",
    Properties: {
      Policies: [
        { PolicyDocument: { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: { "Fn::Sub": "${Bucket.Arn}/*" } }] } },
      ],
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess", { Ref: "Shared" }],
    },
  },
  Shared: {
    Type: "AWS::IAM::ManagedPolicy",
    Properties: {
      PolicyDocument: { Statement: { Effect: "Allow", Action: "sqs:SendMessage", Resource: { "Fn::GetAtt": ["Queue", "Arn"] } } },
    },
  },
  Bucket: { Type: "AWS::S3::Bucket" },
  Queue: { Type: "AWS::SQS::Queue" },
  Inner: group(),
  Task80: task(80, { TaskRoleArn: { "Fn::GetAtt": ["Role", "Arn"] } }),
  Web: service(80, ["Inner"]),
};

test("a program may do what its role's policies say, inline, managed and attached", () => {
  const reach = reachOf(system(roles));
  expect(reach.pair("Web", "Bucket")!).toMatchObject({
    reached: true,
    permissions: [{ who: "Web", role: "Role", use: "runs", actions: ["s3:GetObject"], resource: "Bucket/*" }],
  });
  expect(reach.pair("Web", "Queue")!.permissions).toMatchObject([{ policy: "Shared", actions: ["sqs:SendMessage"] }]);
  expect(reach.all().unknown).toEqual(["what ReadOnlyAccess allows is not in these templates: Role"]);
  expect(reach.pair("internet", "Bucket")!).toMatchObject({ reached: false, blocked: ["no policy lets everybody do anything to Bucket"] });
});

const key = (...statements: object[]) => ({ Type: "AWS::KMS::Key", Properties: { KeyPolicy: { Statement: statements } } });
const useOf = (principal: object | string, condition?: object) => ({
  Effect: "Allow",
  Principal: principal,
  Action: "kms:Decrypt",
  Resource: "*",
  ...(condition && { Condition: condition }),
});
const account = { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } };

test("who may use a key its own policy decides, and those of roles where it leaves that to the account", () => {
  const reading = {
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: [{ "Fn::GetAtt": ["Shared", "Arn"] }, { "Fn::GetAtt": ["Own", "Arn"] }],
  };
  const reach = reachOf(
    system({
      Shared: key({ ...useOf(account), Action: "kms:*" }, useOf({ Service: "logs.amazonaws.com" })),
      Own: key(useOf({ AWS: { "Fn::GetAtt": ["Named", "Arn"] } }, { StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" } })),
      Role: { Type: "AWS::IAM::Role", Properties: { Policies: [{ PolicyDocument: { Statement: reading } }] } },
      Named: { Type: "AWS::IAM::Role", Properties: {} },
      Inner: group(),
      Task80: task(80, { TaskRoleArn: { "Fn::GetAtt": ["Role", "Arn"] } }),
      Task81: task(81, { TaskRoleArn: { "Fn::GetAtt": ["Named", "Arn"] } }),
      Web: service(80, ["Inner"]),
      Api: service(81, ["Inner"]),
    }),
  );
  const who = (resource: string) =>
    reach.all().permissions.flatMap((one) => (one.resource === resource ? [{ who: one.who, via: one.via }] : []));
  expect(who("Shared")).toEqual([{ who: "Web" }, { who: "logs.amazonaws.com" }]);
  expect(who("Own")).toEqual([{ who: "Api", via: ["s3"] }]);
  expect(reach.pair("Web", "Own")!.reached).toBe(false);
  expect(reach.all().unknown).toEqual([
    "the policy of Own leaves nothing to its account: what policies of roles allow on it does not count",
  ]);
});

test("a key for everybody is open to the internet, unless it is for those of an account", () => {
  const conditions = { StringEquals: { "kms:CallerAccount": { Ref: "AWS::AccountId" } } };
  const reach = reachOf(system({ Open: key(useOf("*")), House: key(useOf({ AWS: "*" }, conditions)) }));
  expect(reach.all().openPolicies).toMatchObject([{ resource: "Open", actions: ["kms:Decrypt"] }]);
  expect(reach.all().permissions).toMatchObject([{ who: "anybody" }, { who: "the account", resource: "House", conditional: true }]);
});

test("a bucket's policy for everybody is the internet's way in", () => {
  const policy = {
    Type: "AWS::S3::BucketPolicy",
    Properties: {
      Bucket: { Ref: "Bucket" },
      PolicyDocument: { Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "s3:GetObject", Resource: "*" }] },
    },
  };
  const reach = reachOf(system({ ...roles, Policy: policy }, { never: [["internet", "bucket"]] }));
  expect(reach.all().openPolicies).toMatchObject([{ resource: "Bucket", actions: ["s3:GetObject"] }]);
  expect(reach.brokenNevers()).toMatchObject([{ from: "internet", to: "bucket", answer: { reached: true } }]);
});

test("what must not reach a database must not reach its copies either", () => {
  const store = (groups: string[]) => ({
    Type: "AWS::RDS::DBCluster",
    Properties: { Engine: "aurora-postgresql", Port: 5432, VpcSecurityGroupIds: groups.map((id) => ({ Ref: id })) },
  });
  const inner = group([tcp(5432, { SourceSecurityGroupId: { Ref: "Programs" } })]);
  const resources = {
    Programs: group(),
    Inner: inner,
    Shut: group(),
    Docs: store(["Shut"]),
    DocsEuWest1: store(["Inner"]),
    Task80: task(80),
  };
  const origin = (_: string, logicalId: string) => (logicalId.startsWith("Docs") ? { key: "docs" } : undefined);
  const reach = reachOf(system({ ...resources, Web: service(80, ["Programs"]) }, { never: [["Web", "docs"]], origin }));
  expect(reach.brokenNevers()).toMatchObject([{ from: "Web", to: "docsEuWest1" }]);
});

test("what a never forbids and is so is shown with its way; what is not so is silent", () => {
  const never = [
    ["internet", "Web"],
    ["internet", "Worker"],
  ] as const;
  const broken = reachOf(system(behindBalancer, { never })).brokenNevers();
  expect(broken.map(({ to }) => to)).toEqual(["Web"]);
  expect(broken[0]!.answer.hops).toHaveLength(2);
});

test("names that are not there have no answer", () => {
  const reach = reachOf(system(behindBalancer));
  expect(reach.pair("internet", "Nobody")).toBeUndefined();
  expect(reach.has("web")).toBe(true);
});

test("imports, parameters with defaults and conditions are followed over stacks", () => {
  const reach = reachOf({
    stacks: [
      {
        name: "network",
        template: {
          Parameters: { Kind: { Type: "String", Default: "open" } },
          Conditions: { Open: { "Fn::Equals": [{ Ref: "Kind" }, "open"] }, Closed: { "Fn::Not": [{ Condition: "Open" }] } },
          Resources: {
            Inner: group([tcp(80, { CidrIp: { "Fn::If": ["Open", "0.0.0.0/0", "10.0.0.0/8"] } })]),
            More: {
              Type: "AWS::EC2::SecurityGroupIngress",
              Condition: "Closed",
              Properties: tcp(80, { GroupId: { Ref: "Inner" }, ...everybody }),
            },
          },
          Outputs: { Group: { Value: { Ref: "Inner" }, Export: { Name: { "Fn::Sub": "${AWS::StackName}-group" } } } },
        },
      },
      {
        name: "app",
        template: {
          Resources: {
            Task80: task(80),
            Web: {
              Type: "AWS::ECS::Service",
              Properties: {
                TaskDefinition: { Ref: "Task80" },
                NetworkConfiguration: {
                  AwsvpcConfiguration: {
                    Subnets: ["subnet-1"],
                    SecurityGroups: [{ "Fn::ImportValue": "network-group" }],
                    AssignPublicIp: "ENABLED",
                  },
                },
              },
            },
          },
        },
      },
    ],
  });
  expect(reach.pair("internet", "Web")!.hops[0]!.by).toEqual(["Inner"]);
});
