import type { Template } from "@plinth/cloudformation";
import { describe, expect, test } from "vitest";
import { estimate, parseExpectations, pricedRegions, priceSnapshot } from "../src/index.ts";
import { freeTypes } from "../src/free-types.ts";
import { isStale } from "../src/price-list.ts";
import { pricedTypes } from "../src/types/index.ts";
import { priced, pricedExample, sumOf, today } from "./priced.ts";
import { balancer, fargate, template } from "./systems/template.ts";

const reasons = (found: ReturnType<typeof priced>) => found.notPriced.map(({ name, reason }) => `${name}: ${reason}`);

describe("the total", () => {
  test("is the sum of the lines, each quantity times its unit price", async () => {
    const { total, lines } = await pricedExample("hana", "prod");
    for (const column of ["idle", "expected", "busy"] as const)
      expect(total[column]).toBeCloseTo(
        sumOf(lines, () => true, column),
        8,
      );
    for (const { quantity, unitPrice, expected } of lines) expect(quantity * unitPrice).toBeCloseTo(expected, 8);
    for (const { idle, expected, busy } of lines) expect(idle <= expected + 1e-9 && expected <= busy + 1e-9).toBe(true);
  });

  test("never has 0 for what is not known: it is named", () => {
    const found = priced(
      template({
        Strange: ["Foo::Bar"],
        MySql: ["RDS::DBInstance", { Engine: "mysql", DBInstanceClass: "db.t3.micro", AllocatedStorage: 20 }],
        Huge: ["RDS::DBInstance", { Engine: "postgres", DBInstanceClass: "db.x99.large", AllocatedStorage: 20 }],
        Piops: ["RDS::DBInstance", { Engine: "postgres", DBInstanceClass: "db.t3.micro", AllocatedStorage: 20, StorageType: "io2" }],
        Alone: ["ECS::Service", { TaskDefinition: "arn:of:elsewhere" }],
        Windows: ["ECS::Service", { TaskDefinition: { Ref: "WindowsTask" } }],
        WindowsTask: [
          "ECS::TaskDefinition",
          { Cpu: 256, Memory: 512, RuntimePlatform: { OperatingSystemFamily: "WINDOWS_SERVER_2022_CORE" } },
        ],
        Provisioned: ["DynamoDB::Table", { BillingMode: "PROVISIONED" }],
        Gateway: ["ElasticLoadBalancingV2::LoadBalancer", { Type: "gateway" }],
        Nested: ["CloudFormation::Stack", { TemplateURL: "https://example.com/t.json" }],
      }),
    );
    expect(reasons(found)).toEqual([
      "Strange: this type has no prices here",
      "MySql: the engine mysql has no prices here; postgres has",
      "Huge: RDS instance: no price of rds.postgres db.x99.large.singleAz in us-east-1 is known",
      "Piops: storage of the type io2 has no prices here",
      "Alone: its task definition is not among the templates, so the size of its tasks is not known",
      "Windows: tasks on Windows have no prices here",
      "Provisioned: provisioned capacity has no prices here",
      "Gateway: a load balancer of the type gateway has no prices here",
      "Nested: a stack in the stack: name its template as well",
    ]);
  });

  test("a price that the snapshot has without a figure is not priced either", () => {
    const runner = template({ Api: ["AppRunner::Service", {}] });
    expect(reasons(priced(runner, "eu-central-1"))[0]).toMatch(
      /^Api: App Runner memory: no price of apprunner .* in eu-central-1 is known$/,
    );
  });

  test("no type is both priced and free", () => {
    expect(Object.keys(pricedTypes).filter((type) => freeTypes.has(type))).toEqual([]);
  });
});

test("copies of backups to another region are charged as data between regions, those within one are not", () => {
  const vault = (region: string) => `arn:aws:backup:${region}:123456789012:backup-vault:kept`;
  const plan = (region: string): [string, Record<string, unknown>] => [
    "Backup::BackupPlan",
    { BackupPlan: { BackupPlanRule: [{ CopyActions: [{ DestinationBackupVaultArn: vault(region) }] }] } },
  ];
  const { lines } = priced(template({ Far: plan("eu-west-1"), Near: plan("us-east-1") }));
  expect(lines).toMatchObject([{ name: "Far", item: "data between regions", quantity: 10, price: { region: "us-east-1" } }]);
});

describe("a replica", () => {
  test("costs what the engine and the storage of its source cost, without backups of its own", () => {
    const { lines, notPriced } = priced(
      template({
        Main: ["RDS::DBInstance", { Engine: "postgres", DBInstanceClass: "db.t3.micro", AllocatedStorage: 20, BackupRetentionPeriod: 7 }],
        Copy: ["RDS::DBInstance", { SourceDBInstanceIdentifier: { Ref: "Main" }, DBInstanceClass: "db.t3.micro" }],
      }),
    );
    const items = (of: string) => lines.filter(({ name }) => name === of).map(({ item, quantity }) => [item, quantity]);
    expect(items("Copy")).toEqual([
      ["RDS instance", 730],
      ["RDS storage", 20],
    ]);
    expect(notPriced).toEqual([]);
  });
});

describe("what a template leaves open", () => {
  test("parameters by default, as given, and by the output of another stack; conditions decided", () => {
    const shop: Template = {
      Parameters: { Size: { Type: "String", Default: "small" }, Repository: { Type: "String" }, Count: { Type: "Number", Default: 3 } },
      Conditions: { Large: { "Fn::Equals": [{ Ref: "Size" }, "large"] } },
      Mappings: { Classes: { small: { db: "db.t4g.micro" }, large: { db: "db.r6g.large" } } },
      Resources: {
        ...template(fargate("Web", 256, 512)).Resources,
        Database: {
          Type: "AWS::RDS::DBInstance",
          Properties: {
            Engine: "postgres",
            DBInstanceClass: { "Fn::FindInMap": ["Classes", { Ref: "Size" }, "db"] },
            AllocatedStorage: { "Fn::If": ["Large", "100", "20"] },
            StorageType: "gp3",
            MultiAZ: { "Fn::If": ["Large", true, { Ref: "AWS::NoValue" }] },
          },
        },
        Standby: {
          Type: "AWS::ElastiCache::CacheCluster",
          Condition: "Large",
          Properties: { Engine: "redis", CacheNodeType: "cache.t4g.micro", NumCacheNodes: 1 },
        },
      },
    };
    shop.Resources["Web"]!.Properties!["DesiredCount"] = { Ref: "Count" };
    const database = (size?: string) =>
      estimate({ stacks: [{ name: "shop", template: shop, ...(size && { parameters: { Size: size } }) }], region: "us-east-1", today })
        .lines.filter(({ name }) => name === "Database" || name === "Standby")
        .map(({ name, detail, quantity }) => [name, detail, quantity]);
    expect(database()).toEqual([
      ["Database", "db.t4g.micro", 730],
      ["Database", "20 GB gp3", 20],
      ["Database", "backups of 1 day (free)", 0],
    ]);
    expect(database("large")).toEqual([
      ["Database", "db.r6g.large Multi-AZ", 730],
      ["Database", "100 GB gp3 Multi-AZ", 100],
      ["Database", "backups of 1 day (free)", 0],
      ["Standby", "cache.t4g.micro redis", 730],
    ]);
  });

  test("a service in one stack finds its task definition in another, by output or by export", () => {
    const { Web, ...definition } = template(fargate("Web", 512, 1024)).Resources;
    const service = (from: unknown) => ({
      Parameters: { Task: { Type: "String" } },
      Resources: { Web: { ...Web!, Properties: { ...Web!.Properties, TaskDefinition: from } } },
    });
    const given = { Resources: definition, Outputs: { Task: { Value: { Ref: "WebTask" }, Export: { Name: "web-task" } } } };
    for (const [from, parameters] of [
      [{ Ref: "Task" }, { Task: { stack: "tasks", output: "Task" } }],
      [{ "Fn::ImportValue": "web-task" }, undefined],
    ] as const) {
      const stacks = [
        { name: "services", template: service(from), ...(parameters && { parameters }) },
        { name: "tasks", template: given },
      ];
      const { lines, notPriced } = estimate({ stacks, region: "us-east-1", today });
      expect(notPriced).toEqual([]);
      expect(sumOf(lines, ({ item }) => item.startsWith("Fargate"))).toBeCloseTo(18.02, 1);
    }
  });

  test("what the CDK has made has the names of its constructs", () => {
    const { lines } = priced({
      Resources: {
        ApiLogs5E2A: { Type: "AWS::Logs::LogGroup", Metadata: { "aws:cdk:path": "Shop/Api/Logs/Resource" } },
        ApiKey9F31: { Type: "AWS::SecretsManager::Secret", Metadata: { "aws:cdk:path": "Shop/Api/Key/Resource" } },
      },
    });
    expect([...new Set(lines.map(({ name }) => name))]).toEqual(["Api"]);
  });

  test("what only a deploy knows is said to be so", () => {
    const open = {
      Parameters: { Class: { Type: "String" } },
      Resources: { Database: { Type: "AWS::RDS::DBInstance", Properties: { Engine: "postgres", DBInstanceClass: { Ref: "Class" } } } },
    };
    expect(reasons(priced(open))).toEqual(["Database: its DBInstanceClass is not known before the deploy"]);
  });

  test("what cannot be known of a map hides nothing else of it", () => {
    const AwsvpcConfiguration = { AssignPublicIp: "ENABLED", Subnets: [{ "Fn::Select": [9, { "Fn::GetAZs": "" }] }] };
    const service = {
      Resources: {
        Task: { Type: "AWS::ECS::TaskDefinition", Properties: { Cpu: "256", Memory: "512" } },
        Api: { Type: "AWS::ECS::Service", Properties: { TaskDefinition: { Ref: "Task" }, NetworkConfiguration: { AwsvpcConfiguration } } },
      },
    };
    expect(priced(service).lines.map(({ item }) => item)).toContain("public IPv4");
  });

  test.each([
    [{}, "At least one Resources member must be defined."],
    [{ Resources: [] }, "At least one Resources member must be defined."],
    [{ Resources: { A: "x" } }, "[/Resources/A] Every Resources object must contain a Type member."],
    [{ Resources: { A: { Type: "AWS::S3::Bucket", Properties: [] } } }, "[/Resources/A/Properties] must be a map."],
    [{ Resources: { A: { Type: "AWS::S3::Bucket" } }, Outputs: 3 }, "[/Outputs] must be a map."],
  ])("%j is no template", (wrong, message) => {
    expect(() => priced(wrong as never)).toThrow(`Template format error: ${message}`);
  });

  test("a region without prices is named, with those that have them", () => {
    expect(() => priced(template({ Bucket: ["S3::Bucket"] }), "mars-north-1")).toThrow(
      `There are no prices for mars-north-1: the regions with prices are ${pricedRegions().join(", ")}.`,
    );
  });
});

describe("what is hidden in a template", () => {
  test("addresses, zones of endpoints, replicas, alarms that scaling makes, storage, backups, logs that nobody deletes", () => {
    const { lines } = priced(
      template({
        ...balancer,
        Web: fargate("Web", 256, 512, { public: true, count: 2 })["Web"]!,
        WebTask: fargate("Web", 256, 512)["WebTask"]!,
        WebLogs: ["Logs::LogGroup", {}],
        Follow: ["ApplicationAutoScaling::ScalingPolicy", { PolicyType: "TargetTrackingScaling" }],
        Endpoint: [
          "EC2::VPCEndpoint",
          { VpcEndpointType: "Interface", ServiceName: "com.amazonaws.us-east-1.sqs", SubnetIds: ["a", "b", "c"] },
        ],
        Free: ["EC2::VPCEndpoint", { ServiceName: "com.amazonaws.us-east-1.s3" }],
        Cache: [
          "ElastiCache::ReplicationGroup",
          { Engine: "valkey", CacheNodeType: "cache.t4g.micro", NumNodeGroups: 2, ReplicasPerNodeGroup: 1 },
        ],
        Database: [
          "RDS::DBInstance",
          {
            Engine: "postgres",
            DBInstanceClass: "db.t4g.micro",
            AllocatedStorage: "20",
            StorageType: "gp3",
            BackupRetentionPeriod: 35,
            PubliclyAccessible: true,
            Iops: 5000,
          },
        ],
        Secret: ["SecretsManager::Secret", { ReplicaRegions: [{ Region: "eu-west-1" }] }],
        Firewall: ["WAFv2::WebACL", { Rules: [{}, {}, {}] }],
      }),
    );
    const quantities = Object.fromEntries(lines.map(({ name, item, quantity }) => [`${name} ${item}`, quantity]));
    expect(quantities).toMatchObject({
      "Balancer public IPv4": 1460,
      "Web public IPv4": 1460,
      "WebLogs log storage": 18,
      "Follow alarms of scaling": 2,
      "Endpoint endpoint hours": 2190,
      "Cache ElastiCache node": 2920,
      "Database public IPv4": 730,
      "Database RDS backups": 0,
      "Database RDS IOPS": 2000,
      "Secret secret": 2,
      "Firewall WAF rules": 3,
    });
    expect(lines.some(({ name }) => name === "Free")).toBe(false);
  });

  test("half on Spot is half at the price of Spot", () => {
    const pieces = fargate("Web", 1024, 2048, { count: 2 });
    pieces["Web"]![1]!["CapacityProviderStrategy"] = [
      { CapacityProvider: "FARGATE", Weight: 1, Base: 1 },
      { CapacityProvider: "FARGATE_SPOT", Weight: 1 },
    ];
    const { lines } = priced(template(pieces));
    expect(lines.filter(({ item }) => item === "Fargate vCPU").map(({ quantity, price }) => [price.item, quantity])).toEqual([
      ["x86.vcpuHour", 730],
      ["spot.x86.vcpuHour", 730],
    ]);
  });
});

describe("what is expected", () => {
  const two = template({ First: ["S3::Bucket"], Second: ["S3::Bucket"] });
  const stored = (expectations: string[]) =>
    priced(two, "us-east-1", parseExpectations(expectations))
      .lines.filter(({ item }) => item === "S3 storage")
      .map(({ idle, expected, busy, unitPrice }) => [idle, expected, busy].map((usd) => usd / unitPrice));

  test.each<[string[], number[][]]>([
    [
      [],
      [
        [10, 10, 10],
        [10, 10, 10],
      ],
    ],
    [
      ["storageGB=500"],
      [
        [500, 500, 500],
        [500, 500, 500],
      ],
    ],
    [
      ["Second.storageGB=500"],
      [
        [10, 10, 10],
        [500, 500, 500],
      ],
    ],
    [
      ["storageGB=1/20/300", "First.storageGB=0"],
      [
        [0, 0, 0],
        [1, 20, 300],
      ],
    ],
  ])("%j", (given, wanted) => {
    stored(given).forEach((columns, index) => columns.forEach((figure, column) => expect(figure).toBeCloseTo(wanted[index]![column]!, 8)));
  });

  test("stands beside the line that follows from it", () => {
    const line = priced(two, "us-east-1", { storageGB: 7 }).lines.find(({ item }) => item === "S3 storage")!;
    expect(line.assumptions).toEqual([
      { key: "storageGB", figures: { idle: 7, expected: 7, busy: 7 }, meaning: "GB in each bucket", said: true },
    ]);
  });

  test("tasks stay within what they were said, around the declared bounds", () => {
    const web = template(fargate("Web", 1024, 2048, { count: 2, max: 6 }));
    const hours = (given: Parameters<typeof priced>[2]) => {
      const { idle, expected, busy, unitPrice } = priced(web, "us-east-1", given).lines.find(({ item }) => item === "Fargate vCPU")!;
      return [idle, expected, busy].map((usd) => Math.round(usd / unitPrice / 730));
    };
    expect(hours({})).toEqual([2, 4, 6]);
    expect(hours({ tasks: 3 })).toEqual([2, 3, 6]);
    expect(hours({ of: { Web: { tasks: { idle: 1, expected: 2, busy: 3 } } } })).toEqual([1, 2, 3]);
  });

  test("requests that were said move the load balancer, too", () => {
    const units = (given: Parameters<typeof priced>[2]) =>
      priced(template(balancer), "us-east-1", given).lines.find(({ item }) => item === "ALB capacity units")!.quantity / 730;
    expect(units({})).toBeCloseTo(0.2, 8);
    expect(units({ requestsPerSecond: 100 })).toBeCloseTo(4, 8);
    expect(units({ dataOutGB: 7300 })).toBeCloseTo(10, 8);
  });

  test.each([
    ["logGB", '"logGB" is no expectation'],
    ["storms=3", '"storms" is nothing that can be expected'],
    ["logGB=much", '"much" is no figure for logGB'],
    ["logGB=-1", '"-1" is no figure for logGB'],
    ["logGB=1/2", '"1/2" is no figure for logGB'],
  ])("%s is refused", (text, message) => {
    expect(() => parseExpectations([text])).toThrow(message);
  });
});

describe("the snapshot", () => {
  test("has a date, a source and a confidence for every price, and figures that are none only where it says so", () => {
    const { regions, sources } = priceSnapshot();
    const wrong = Object.entries(regions).flatMap(([region, { services }]) =>
      Object.entries(services).flatMap(([service, items]) =>
        Object.entries(items)
          .filter(([, { usd, unit, asOf, source, confidence }]) =>
            usd === null ? confidence !== "unknown" : confidence === ("unknown" as string) || !unit || !source || asOf === undefined,
          )
          .map(([item]) => `${region} ${service} ${item}`),
      ),
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(sources).length).toBeGreaterThan(10);
  });

  test.each([
    ["2026-09-11", false],
    ["2026", false],
    ["2025-11", false],
    ["2025-10", true],
    ["2021-08 / 2022-02", true],
    ["undated", true],
    ["-", true],
    ["golden", true],
  ])("of %s is stale: %s", (asOf, stale) => {
    expect(isStale({ asOf }, today)).toBe(stale);
  });

  test("what is stale is named with its date", () => {
    expect(priced(template({ Board: ["CloudWatch::Dashboard"] })).stale).toEqual([
      { service: "cloudwatch", item: "dashboard", asOf: "2025-01", confidence: "confirmed-older" },
    ]);
  });
});

test("a function that rotates secrets is called four times a turn, not as one of the app", () => {
  const { lines } = priced(
    template({
      Rotates: ["Lambda::Function", { MemorySize: 256 }],
      Turn: [
        "SecretsManager::RotationSchedule",
        { SecretId: "s", RotationLambdaARN: { "Fn::GetAtt": ["Rotates", "Arn"] }, RotationRules: { ScheduleExpression: "rate(5 days)" } },
      ],
    }),
  );
  const calls = (4 * 365) / 12 / 5;
  expect(lines.find(({ item }) => item === "Lambda requests")!.quantity).toBeCloseTo(calls * 1e-6, 10);
  expect(lines.find(({ item }) => item === "Lambda time")!.quantity).toBeCloseTo((calls * 60) / 4, 6);
});
