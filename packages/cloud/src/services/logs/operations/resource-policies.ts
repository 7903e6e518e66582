/** Resource policies of CloudWatch Logs: kept and answered; the cloud's own services need none to write. */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidNextToken, invalidParameter, limitExceeded, refused } from "../errors.ts";

interface Policy {
  policyName: string;
  policyDocument: string;
  lastUpdatedTime: number;
}

/** AWS allows ten a region. */
const maximumPolicies = 10;

const policies = (cloud: Cloud) => cloud.store.collection<Policy>("logs.resourcePolicy");

export const putResourcePolicy = operation("logs", "PutResourcePolicy", (input, { cloud, region }) => {
  if (input.resourceArn !== undefined) throw refused("resource policies of a single log group (resourceArn)");
  const { policyName, policyDocument } = input;
  checkConstraints("InvalidParameterException", { policyDocument: [policyDocument, { length: [1, 5120] }] });
  if (policyName === undefined || policyDocument === undefined) {
    throw invalidParameter("Both policyName and policyDocument must be specified.");
  }
  checkDocument(policyDocument);
  if (!policies(cloud).has(region, policyName) && policies(cloud).list(region).length >= maximumPolicies) throw limitExceeded();
  const policy = { policyName, policyDocument, lastUpdatedTime: cloud.world.clock.nowMs() };
  policies(cloud).put(region, policyName, policy);
  return { resourcePolicy: { ...policy, policyScope: "ACCOUNT" as const } };
});

export const describeResourcePolicies = operation("logs", "DescribeResourcePolicies", (input, { cloud, region }) => {
  const { limit = 50, nextToken } = input;
  checkConstraints("InvalidParameterException", { limit: [limit, { range: [1, 50] }] });
  const page = pageOf(policies(cloud).list(region), {
    size: limit,
    token: nextToken,
    keyOf: ({ policyName }) => policyName,
    query: "DescribeResourcePolicies",
    invalid: invalidNextToken,
  });
  return {
    resourcePolicies: page.items.map((policy) => ({ ...policy, policyScope: "ACCOUNT" as const })),
    ...(page.nextToken !== undefined && { nextToken: page.nextToken }),
  };
});

export const deleteResourcePolicy = operation("logs", "DeleteResourcePolicy", (input, { cloud, region }) => {
  if (input.policyName === undefined) throw invalidParameter("policyName must be specified.");
  if (!policies(cloud).delete(region, input.policyName)) {
    throw new AwsError("ResourceNotFoundException", `Policy with name [${input.policyName}] does not exist.`);
  }
  return {};
});

function checkDocument(text: string): void {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === "object" && document !== null && "Statement" in document) return;
  } catch {
    // Answered below.
  }
  throw invalidParameter("The specified policy document is invalid.");
}
