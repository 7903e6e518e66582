import { expect, test } from "vitest";
import { addressRecordCode } from "../src/address-record-code.ts";
import type { Assembly } from "../src/index.ts";
import { lasting } from "./apps/index.ts";
import { assemblyOf } from "./compile-app.ts";

const prod = assemblyOf(lasting);
const stack = ({ stacks }: Assembly, layer: string) => stacks.find((one) => one.layer === layer)!;
const properties = (assembly: Assembly, layer: string, id: string) => stack(assembly, layer).template.Resources[id]!.Properties;

test("the certificate stands in us-east-1, before the distribution that takes it", () => {
  expect(stack(prod, "edge")).toMatchObject({
    name: "lasting-prod-edge",
    region: "us-east-1",
    dependsOn: [],
    parameters: { WebHostedZone: { from: "hosted-zone", zone: "example.com" } },
  });
  expect(stack(prod, "compute").region).toBe("eu-west-1");
  expect(stack(prod, "compute").dependsOn).toContain("lasting-prod-edge");
  expect(stack(prod, "compute").parameters["WebCertificate"]).toEqual({
    from: "output",
    stack: "lasting-prod-edge",
    output: "WebCertificate",
  });
});

test("CloudFront alone reaches the port, by plain HTTP, and says a secret that the program knows", () => {
  const { Resources, Parameters } = stack(prod, "network").template;
  expect(Resources["WebFromInternet"]).toBeUndefined();
  expect(Resources["StatusFromInternet"]).toBeDefined();
  expect(Resources["WebFromCloudFront"]!.Properties).toMatchObject({ FromPort: 3000, SourcePrefixListId: { Ref: "CloudFrontPrefixList" } });
  expect(Parameters!["CloudFrontPrefixList"]!.Type).toBe("String");
  expect(properties(prod, "compute", "WebDistribution")).toMatchObject({
    DistributionConfig: {
      Aliases: ["app.example.com"],
      Origins: [
        {
          DomainName: "origin.app.example.com",
          CustomOriginConfig: { OriginProtocolPolicy: "http-only", HTTPPort: 3000, OriginReadTimeout: 60 },
          OriginCustomHeaders: [
            {
              HeaderName: "x-origin-secret",
              HeaderValue: {
                "Fn::Sub": ["{{resolve:secretsmanager:${Origin}:SecretString:token}}", { Origin: { Ref: "WebOriginSecret" } }],
              },
            },
          ],
        },
      ],
    },
  });
  const [container] = properties(prod, "compute", "WebTaskDefinition")!["ContainerDefinitions"] as {
    StopTimeout: number;
    Secrets: { Name: string }[];
  }[];
  expect(container!.StopTimeout).toBe(60);
  expect(container!.Secrets.map(({ Name }) => Name)).toEqual(["DATABASE_URL", "ORIGIN_SECRET"]);
  expect(prod.outputs["web"]!["url"]).toEqual({ from: "value", value: "https://app.example.com" });
  expect(prod.leaves.filter((one) => one.includes("origin."))).toHaveLength(1);
});

test("the record is kept from before the first task on", () => {
  expect(stack(prod, "compute").template.Resources["WebService"]!.DependsOn).toEqual(["WebAddressesRule", "WebAddressesPermission"]);
});

test("in the embedded cloud it is as public: true, and that is said", () => {
  const local = assemblyOf(lasting, "local", { local: true });
  expect(local.stacks.map(({ layer }) => layer)).not.toContain("edge");
  expect(JSON.stringify(local.stacks)).not.toMatch(/CloudFront|Route53|Lambda|ORIGIN_SECRET/);
  expect(stack(local, "network").template.Resources["WebFromInternet"]).toBeDefined();
  expect(local.outputs["web"]!["url"]).toEqual({ from: "task-address", program: "web", port: 3000 });
  expect(local.notes).toEqual([
    "web is called by a temporary http://ADDRESS:PORT here: the embedded cloud keeps no record of its tasks for app.example.com.",
  ]);
  expect(prod.notes).toEqual([]);
});

/** The function's own code, with clients that answer from a list of states: the addresses of the tasks at each look. */
async function runCode(...looks: string[][]): Promise<string[][]> {
  const written: string[][] = [];
  let look = -1;
  const clients: Record<string, unknown> = {
    ECS: class {
      async listTasks() {
        look = Math.min(look + 1, looks.length - 1);
        return { taskArns: looks[look]!.length > 0 ? [...looks[look]!, "starting"] : [] };
      }
      async describeTasks({ tasks }: { tasks: string[] }) {
        return {
          tasks: tasks.map((task) => ({
            lastStatus: task === "starting" ? "PENDING" : "RUNNING",
            attachments: [{ details: [{ name: "networkInterfaceId", value: task }] }],
          })),
        };
      }
    },
    EC2: class {
      async describeNetworkInterfaces({ NetworkInterfaceIds }: { NetworkInterfaceIds: string[] }) {
        return { NetworkInterfaces: NetworkInterfaceIds.map((PublicIp) => ({ Association: { PublicIp } })) };
      }
    },
    Route53: class {
      async changeResourceRecordSets(input: {
        HostedZoneId: string;
        ChangeBatch: {
          Changes: { Action: string; ResourceRecordSet: { Name: string; TTL: number; ResourceRecords: { Value: string }[] } }[];
        };
      }) {
        const [change] = input.ChangeBatch.Changes;
        expect([input.HostedZoneId, change!.Action, change!.ResourceRecordSet.Name]).toEqual(["Z1", "UPSERT", "origin.app.example.com"]);
        written.push(change!.ResourceRecordSet.ResourceRecords.map(({ Value }) => Value));
      }
    },
  };
  const exports: { handler?: () => Promise<void> } = {};
  const environment = { env: { CLUSTER: "c", SERVICE: "web", ZONE: "Z1", NAME: "origin.app.example.com" } };
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- it is the code under test, as Lambda runs it
  new Function("require", "exports", "process", "console", addressRecordCode)(() => clients, exports, environment, {
    log: () => undefined,
  });
  await exports.handler!();
  return written;
}

test("the function writes the addresses of running tasks, and again when they changed while it wrote", async () => {
  expect(await runCode(["9.9.9.2", "9.9.9.1"])).toEqual([["9.9.9.1", "9.9.9.2"]]);
  expect(await runCode(["9.9.9.1"], ["9.9.9.2"])).toEqual([["9.9.9.1"], ["9.9.9.2"]]);
  expect(await runCode([])).toEqual([]);
});
