/** A web ACL before a real load balancer: requests over HTTP, blocked and let through; and the load balancer's end. */
import { expect, test } from "vitest";
import { firewallFor } from "../../../src/runtime/firewall/firewall.ts";
import { startTestCloud } from "../../cloud.ts";
import { createBalancer, fixed, listen } from "../elbv2/front.ts";

const visibility = (MetricName: string) => ({ MetricName, CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true });
const groups = ["AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"];

test("attacks are answered 403 by the load balancer, and ordinary requests pass", async () => {
  await using place = await startTestCloud();
  const front = await createBalancer(place.call);
  const { url } = await listen(place.call, front, fixed("fine"));
  const { LoadBalancers } = await place.call("elbv2", "DescribeLoadBalancers", {});
  const ResourceArn = LoadBalancers![0]!.LoadBalancerArn!;
  const { Summary } = await place.call("wafv2", "CreateWebACL", {
    Name: "web",
    Scope: "REGIONAL",
    DefaultAction: { Allow: {} },
    VisibilityConfig: visibility("web"),
    Rules: groups.map((Name, Priority) => ({
      Name,
      Priority,
      Statement: { ManagedRuleGroupStatement: { VendorName: "AWS", Name } },
      OverrideAction: { None: {} },
      VisibilityConfig: visibility(Name),
    })),
  });
  await place.call("wafv2", "AssociateWebACL", { WebACLArn: Summary!.ARN!, ResourceArn });

  const status = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(url + path, { ...init, headers: { "User-Agent": "test/1", ...(init.headers as Record<string, string>) } });
    await answer.arrayBuffer();
    return answer.status;
  };
  const json = (value: unknown): RequestInit => ({
    method: "POST",
    body: JSON.stringify(value),
    headers: { "Content-Type": "application/json" },
  });
  expect(await status("/search?q=O%27Brien+or+select+a+color")).toBe(200);
  expect(await status("/run", json({ name: "O'Brien", text: "What's the union of two sets?" }))).toBe(200);
  expect(await status("/search?q=1%27%20or%20%271%27=%271")).toBe(403);
  expect(await status("/run", json({ id: "1 union select password from users" }))).toBe(403);
  expect(await status("/?x=%3Csvg/onload=alert(1)%3E")).toBe(403);
  expect(await status("/.env")).toBe(403);
  expect(await status("/", { headers: { "X-Api": "${jndi:ldap://x/a}" } })).toBe(403);

  expect((await place.call("wafv2", "ListResourcesForWebACL", { WebACLArn: Summary!.ARN! })).ResourceArns).toEqual([ResourceArn]);
  await place.call("elbv2", "DeleteLoadBalancer", { LoadBalancerArn: ResourceArn });
  expect((await place.call("wafv2", "ListResourcesForWebACL", { WebACLArn: Summary!.ARN! })).ResourceArns).toEqual([]);
  expect(firewallFor(place.cloud, ResourceArn)).toBeUndefined();
});
