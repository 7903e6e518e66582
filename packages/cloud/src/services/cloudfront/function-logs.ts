/** What CloudFront Functions say, in CloudWatch Logs of us-east-1: a group for each function (CloudFront Developer Guide, "Edge function logs"). */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";

export function logFunction(cloud: Cloud, name: string, requestId: string, lines: readonly string[]): void {
  cloud.inBackground(`cloudfront: the log of the function ${name}`, write(cloud, name, requestId, lines));
}

async function write(cloud: Cloud, name: string, requestId: string, lines: readonly string[]): Promise<void> {
  const call = cloud.as(servicePrincipal(cloud.account, "cloudfront.amazonaws.com"), "us-east-1");
  const nowMs = cloud.world.clock.nowMs();
  const logGroupName = `/aws/cloudfront/function/${name}`;
  const logStreamName = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "/");
  const unlessThere = (error: unknown) => {
    if (!(error instanceof AwsError && error.code === "ResourceAlreadyExistsException")) throw error;
  };
  await call("logs", "CreateLogGroup", { logGroupName }).catch(unlessThere);
  await call("logs", "CreateLogStream", { logGroupName, logStreamName }).catch(unlessThere);
  await call("logs", "PutLogEvents", {
    logGroupName,
    logStreamName,
    logEvents: lines.map((line) => ({ timestamp: nowMs, message: `${requestId} ${line}` })),
  });
}
