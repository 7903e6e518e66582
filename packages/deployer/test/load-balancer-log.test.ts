import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readLogs } from "../src/logs.ts";
import { emptyAssembly, fakeAws, fakeTime } from "./fake-aws.ts";

const arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/entry/0123456789abcdef";
const folder = "entry/AWSLogs/123456789012/elasticloadbalancing/eu-central-1";
const assembly = {
  ...emptyAssembly,
  origins: { "compute/Entry": { key: "entry" } },
  stacks: [
    {
      name: "c",
      layer: "compute" as const,
      region: "eu-central-1",
      template: { Resources: { Entry: { Type: "AWS::ElasticLoadBalancingV2::LoadBalancer" } } },
      parameters: {},
      tags: {},
      dependsOn: [],
    },
  ],
};

function aws(enabled: string, objects: Record<string, string[]>) {
  return fakeAws({
    "cloudformation.DescribeStacks": () => ({
      Stacks: [
        {
          StackName: "c",
          StackStatus: "CREATE_COMPLETE",
          Tags: Object.entries({ "plinth:app": "shop", "plinth:stage": "prod", "plinth:layer": "compute" }).map(([Key, Value]) => ({
            Key,
            Value,
          })),
        },
      ],
    }),
    "cloudformation.DescribeStackResources": () => ({
      StackResources: [{ LogicalResourceId: "Entry", PhysicalResourceId: arn, ResourceType: "AWS::ElasticLoadBalancingV2::LoadBalancer" }],
    }),
    "elbv2.DescribeLoadBalancerAttributes": () => ({
      Attributes: Object.entries({ enabled, bucket: "logs", prefix: "entry" }).map(([Key, Value]) => ({
        Key: `access_logs.s3.${Key}`,
        Value,
      })),
    }),
    "s3.ListObjectsV2": ({
      Prefix,
      StartAfter,
      ContinuationToken = "",
    }: {
      Prefix: string;
      StartAfter: string;
      ContinuationToken?: string;
    }) => {
      const after = ContinuationToken || StartAfter; // pages of one object
      const left = Object.keys(objects).filter((key) => key.startsWith(Prefix) && key > after);
      return {
        Contents: left.slice(0, 1).map((Key) => ({ Key, LastModified: new Date("2026-01-02T00:05:00Z") })),
        ...(left.length > 1 && { NextContinuationToken: left[0] }),
      };
    },
    "s3.GetObject": ({ Key }: { Key: string }) => ({ Body: { transformToByteArray: async () => gzipSync(objects[Key]!.join("\n")) } }),
  });
}

test("the lines of all objects since, of this load balancer alone, each once", async () => {
  const line = (time: string, more: string) => `http ${time} app/entry/0123456789abcdef ${more}`;
  const objects = {
    [`${folder}/2025/12/01/old.log.gz`]: [line("2025-12-01T10:00:00.000000Z", "old")],
    [`${folder}/2026/01/01/a.log.gz`]: [
      line("2026-01-01T23:58:00.000000Z", "too early"),
      line("2026-01-01T23:59:30.000000Z", "GET /one 200"),
    ],
    [`${folder}/2026/01/02/b.log.gz`]: [
      line("2026-01-02T00:01:00.000000Z", "GET /two 502"),
      "http 2026-01-02T00:01:00.000000Z app/other/0123456789abcdef x",
      "",
    ],
  };
  const read = async (filter?: string) => {
    const found: string[] = [];
    const options = { program: "entry", since: new Date("2026-01-01T23:59:00Z"), follow: false, signal: new AbortController().signal };
    for await (const { message } of readLogs(aws("true", objects), fakeTime(), assembly, { ...options, ...(filter && { filter }) })) {
      found.push(message.split(" ").slice(3).join(" "));
    }
    return found;
  };
  expect(await read()).toEqual(["GET /one 200", "GET /two 502"]);
  expect(await read(" 502")).toEqual(["GET /two 502"]);
});

test("one that writes none says how it would", async () => {
  const lines = readLogs(aws("false", {}), fakeTime(), assembly, {
    program: "entry",
    since: new Date(0),
    follow: false,
    signal: new AbortController().signal,
  });
  await expect(lines.next()).rejects.toMatchObject({
    message: "The load balancer entry writes no access log.",
    remedy: expect.stringContaining("accessLogs: logs"),
  });
});
