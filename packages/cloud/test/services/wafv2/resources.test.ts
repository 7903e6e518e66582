/** What CloudFormation makes of web ACLs: templates' spelling, changes in place, and what an interrupted create left behind. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ResourceRequest } from "../../../src/resource.ts";
import { ipSet } from "../../../src/services/wafv2/resources/IPSet.ts";
import { loggingConfiguration } from "../../../src/services/wafv2/resources/LoggingConfiguration.ts";
import { regexPatternSet } from "../../../src/services/wafv2/resources/RegexPatternSet.ts";
import { ruleGroup } from "../../../src/services/wafv2/resources/RuleGroup.ts";
import { webAcl } from "../../../src/services/wafv2/resources/WebACL.ts";
import { webAclAssociation } from "../../../src/services/wafv2/resources/WebACLAssociation.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import { inspect, loadBalancerArn, standIn } from "./load-balancer.ts";

let place: TestCloud;
let undo: () => void;
beforeEach(async () => {
  place = await startSimulatedCloud();
  undo = standIn(place.cloud);
});
afterEach(async () => {
  undo();
  await place[Symbol.asyncDispose]();
});

const stackId = "arn:aws:cloudformation:eu-central-1:123456789012:stack/app/1";

function request<P>(logicalId: string, properties: P, token = "a".repeat(32)): ResourceRequest<P> {
  return {
    cloud: place.cloud,
    account: "123456789012",
    region: "eu-central-1",
    call: place.call,
    callIn: () => place.call,
    stackName: "app",
    stackId,
    logicalId,
    properties,
    tags: { team: "web", "aws:cloudformation:stack-id": stackId, "aws:cloudformation:logical-id": logicalId },
    token,
    physicalName: () => `app-${logicalId}-${token.slice(0, 12)}`,
    signal: new AbortController().signal,
  };
}

const visibility = (MetricName: string) => ({ MetricName, CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true });
type Acl = ResourceProperties["AWS::WAFv2::WebACL"];
const acl = (search: string, Arn?: string): Acl => ({
  Scope: "REGIONAL",
  DefaultAction: { Allow: {} },
  VisibilityConfig: visibility("web"),
  Rules: [
    {
      Name: "path",
      Priority: 1,
      Action: { Block: {} },
      VisibilityConfig: visibility("path"),
      Statement: {
        ByteMatchStatement: {
          FieldToMatch: { UriPath: {} },
          PositionalConstraint: "STARTS_WITH",
          SearchString: search,
          TextTransformations: [{ Priority: 0, Type: "NONE" }],
        },
      },
    },
    ...(Arn === undefined
      ? []
      : [
          {
            Name: "set",
            Priority: 2,
            Action: { Block: {} },
            VisibilityConfig: visibility("set"),
            Statement: { IPSetReferenceStatement: { Arn } },
          },
        ]),
  ],
});

test("a web ACL with its set, in front of a load balancer, changes in place and goes", async () => {
  const set = await ipSet.create(request("Set", { Scope: "REGIONAL", IPAddressVersion: "IPV4", Addresses: ["203.0.113.0/24"] }));
  const first = request("Acl", acl("/old", String(set.attributes["Arn"])));
  const made = await webAcl.create(first);
  expect(made.physicalId).toMatch(/^app-Acl-aaaaaaaaaaaa\|[0-9a-f-]{36}\|REGIONAL$/u);
  expect(made.attributes).toMatchObject({ Capacity: 3, LabelNamespace: "awswaf:123456789012:webacl:app-Acl-aaaaaaaaaaaa:" });
  const WebACLArn = String(made.attributes["Arn"]);
  const { TagInfoForResource } = await place.call("wafv2", "ListTagsForResource", { ResourceARN: WebACLArn });
  expect(TagInfoForResource!.TagList).toContainEqual({ Key: "team", Value: "web" });
  const association = await webAclAssociation.create(request("Association", { ResourceArn: loadBalancerArn, WebACLArn }));
  expect(association.physicalId).toBe(`${loadBalancerArn}|${WebACLArn}`);
  expect(inspect(place.cloud, { path: "/old/a" }).action).toBe("BLOCK");
  expect(inspect(place.cloud, { sourceIp: "203.0.113.9" }).action).toBe("BLOCK");

  const next = request("Acl", { ...acl("/new"), Tags: [{ Key: "more", Value: "1" }] });
  expect(await webAcl.update!({ ...next, physicalId: made.physicalId, previous: first.properties })).toMatchObject({
    physicalId: made.physicalId,
  });
  expect(inspect(place.cloud, { path: "/old/a" }).action).toBe("ALLOW");
  expect(inspect(place.cloud, { path: "/new" }).action).toBe("BLOCK");

  await webAclAssociation.delete({
    ...request("Association", { ResourceArn: loadBalancerArn, WebACLArn }),
    physicalId: association.physicalId,
    policy: "Delete",
  });
  await webAcl.delete({ ...next, physicalId: made.physicalId, policy: "Delete" });
  await webAcl.delete({ ...next, physicalId: made.physicalId, policy: "Delete" });
  expect((await place.call("wafv2", "ListWebACLs", { Scope: "REGIONAL" })).WebACLs).toEqual([]);
});

test("what an interrupted create made is found again, and what is another's is not", async () => {
  const asked = request("Acl", { ...acl("/a"), Name: "web" });
  expect(await webAcl.find!(asked)).toBeUndefined();
  const made = await webAcl.create(asked);
  expect(await webAcl.find!(asked)).toEqual(made);
  expect(await webAcl.find!(request("Other", { ...acl("/a"), Name: "web" }))).toBeUndefined();
  const group = request("Group", { Scope: "REGIONAL", Capacity: 10, VisibilityConfig: visibility("g"), Rules: acl("/a").Rules! });
  const madeGroup = await ruleGroup.create(group);
  expect(await ruleGroup.find!(group)).toEqual(madeGroup);
  const patterns = request("Patterns", { Scope: "REGIONAL", RegularExpressionList: ["^/a"] });
  const madePatterns = await regexPatternSet.create(patterns);
  expect(await regexPatternSet.find!(patterns)).toEqual(madePatterns);
  await regexPatternSet.update!({
    ...request("Patterns", { Scope: "REGIONAL", RegularExpressionList: ["^/b"] }),
    physicalId: madePatterns.physicalId,
    previous: patterns.properties,
  });
  const [Name = "", Id = ""] = madePatterns.physicalId.split("|");
  const { RegexPatternSet } = await place.call("wafv2", "GetRegexPatternSet", { Name, Id, Scope: "REGIONAL" });
  expect(RegexPatternSet!.RegularExpressionList).toEqual([{ RegexString: "^/b" }]);
});

test("logs go to one log group, named as AWS wants it", async () => {
  const { attributes } = await webAcl.create(request("Acl", acl("/a")));
  await place.call("logs", "CreateLogGroup", { logGroupName: "aws-waf-logs-app" });
  const logging = (group: string) =>
    request("Logging", {
      ResourceArn: String(attributes["Arn"]),
      LogDestinationConfigs: [`arn:aws:logs:eu-central-1:123456789012:log-group:${group}:*`],
    });
  await expect(loggingConfiguration.create(logging("other"))).rejects.toMatchObject({ code: "WAFInvalidParameterException" });
  await expect(loggingConfiguration.create(logging("aws-waf-logs-none"))).rejects.toMatchObject({
    code: "WAFLogDestinationPermissionIssueException",
  });
  const made = await loggingConfiguration.create(logging("aws-waf-logs-app"));
  expect(await loggingConfiguration.find!(logging("aws-waf-logs-app"))).toEqual(made);
  await expect(loggingConfiguration.create(logging("aws-waf-logs-app"))).rejects.toMatchObject({ code: "AlreadyExists" });
  await loggingConfiguration.delete({ ...logging("aws-waf-logs-app"), physicalId: made.physicalId, policy: "Delete" });
  await expect(place.call("wafv2", "GetLoggingConfiguration", { ResourceArn: made.physicalId })).rejects.toMatchObject({
    code: "WAFNonexistentItemException",
  });
});
