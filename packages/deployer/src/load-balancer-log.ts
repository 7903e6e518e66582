/** The access log of a load balancer: a line for each request, in gzipped objects that AWS puts into a bucket every five minutes. */
import { gunzipSync } from "node:zlib";
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import type { LogOptions, LogSource } from "./log-source.ts";
import { declaredNames, deployedIds } from "./named-resources.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

const type = "AWS::ElasticLoadBalancingV2::LoadBalancer";

export const loadBalancerNames = (assembly: Assembly) => declaredNames(assembly, type);

/** `undefined` when `program` is none. @throws DeployError `not-found` for one that writes no access log. */
export async function loadBalancerSources(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  { program, filter }: LogOptions,
): Promise<LogSource[] | undefined> {
  if (program === undefined || !loadBalancerNames(assembly).includes(program)) return undefined;
  const deployed = await deployedIds(aws, assembly, stacks, type, program);
  if (deployed.length === 0)
    throw new DeployError("not-found", `The load balancer ${program} is not deployed.`, { remedy: "plinth deploy" });
  return Promise.all(
    deployed.map(async ({ region, id }) => {
      const { Attributes = [] } = await aws.in(region).call("elbv2", "DescribeLoadBalancerAttributes", { LoadBalancerArn: id });
      const get = (name: string) => Attributes.find(({ Key }) => Key === `access_logs.s3.${name}`)?.Value ?? "";
      if (get("enabled") !== "true") {
        throw new DeployError("not-found", `The load balancer ${program} writes no access log.`, {
          remedy: `Declare a bucket and name it: const logs = bucket(); … accessLogs: logs. Its metrics are there anyway.`,
        });
      }
      return accessLog(aws.in(region), program, { arn: id, bucket: get("bucket"), prefix: get("prefix"), filter });
    }),
  );
}

interface AccessLog {
  arn: string;
  bucket: string;
  prefix: string;
  filter: string | undefined;
}

/** Objects come minutes after their lines: what counts is when the look began, not how far it is. */
function accessLog(aws: Aws, program: string, { arn, bucket, prefix, filter }: AccessLog): LogSource {
  const [, , , region = "", account = "", resource = ""] = arn.split(":");
  const name = resource.replace(/^loadbalancer\//, "");
  const folder = `${prefix === "" ? "" : `${prefix}/`}AWSLogs/${account}/elasticloadbalancing/${region}/`;
  const done = new Set<string>();
  let sinceMs: number | undefined;
  return async (fromMs) => {
    sinceMs ??= fromMs;
    const read: Awaited<ReturnType<LogSource>> = [];
    for (const key of await objects(aws, bucket, folder, sinceMs)) {
      if (done.has(key)) continue;
      const { Body } = await aws.call("s3", "GetObject", { Bucket: bucket, Key: key });
      const text = gunzipSync(await Body!.transformToByteArray()).toString("utf8");
      done.add(key);
      for (const [index, message] of text.split("\n").entries()) {
        const [, time = "", loadBalancer] = message.split(" ");
        const at = new Date(time);
        if (loadBalancer !== name || !(at.getTime() >= sinceMs) || (filter !== undefined && !message.includes(filter))) continue;
        read.push({ id: `${key} ${index}`, line: { program, task: name.slice(-6), at, message } });
      }
    }
    return read;
  };
}

/** Those of the days since, which have a folder each. */
async function objects(aws: Aws, Bucket: string, folder: string, sinceMs: number): Promise<string[]> {
  const keys: string[] = [];
  const dayMs = 86_400_000;
  const after = `${folder}${new Date(sinceMs - dayMs).toISOString().slice(0, 10).replaceAll("-", "/")}/`;
  let ContinuationToken: string | undefined;
  do {
    const page = await aws.call("s3", "ListObjectsV2", {
      Bucket,
      Prefix: folder,
      StartAfter: after,
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    });
    for (const { Key, LastModified } of page.Contents ?? []) {
      if (Key?.endsWith(".gz") && (LastModified?.getTime() ?? 0) >= sinceMs - 1000) keys.push(Key);
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return keys;
}
