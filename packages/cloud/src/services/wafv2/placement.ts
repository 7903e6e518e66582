/** Web ACLs in front of resources: puts their firewalls in place, and again whenever something that they are made of changes. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { compileAcl, type CompiledAcl } from "../../runtime/firewall/acl.ts";
import { type Firewall, onWantedFirewallChange, placeFirewall, wantedFirewalls } from "../../runtime/firewall/firewall.ts";
import { readAddressLists } from "./address-lists.ts";
import { findByArn, globalRegion } from "./items.ts";
import { aclDefinition, referencesOf } from "./references.ts";
import { noteRequest } from "./traffic.ts";
import type { Association, StoredAcl } from "./things.ts";

export const associations = (cloud: Cloud) => cloud.store.collection<Association>("wafv2.association");

/** Those of a region, after a change of what web ACLs are made of. */
export async function replaceFirewalls(cloud: Cloud, region: string): Promise<void> {
  await readAddressLists(cloud);
  for (const association of associations(cloud).list(region)) place(cloud, region, association);
  for (const [resourceArn, aclArn] of wantedFirewalls(cloud))
    if (region === globalRegion) place(cloud, region, { resourceArn, aclArn }, edgeBodyBytes);
}

/** Distributions name their web ACLs themselves; they give them more of a body than load balancers do. */
const edgeBodyBytes = 16_384;

export async function startFirewalls(cloud: Cloud): Promise<void> {
  onWantedFirewallChange(cloud, (resourceArn, aclArn) => {
    if (aclArn === undefined) takeAway(cloud, resourceArn);
    else place(cloud, globalRegion, { resourceArn, aclArn }, edgeBodyBytes);
  });
  await readAddressLists(cloud);
  for (const { scope, value } of associations(cloud).all()) place(cloud, scope, value);
}

/** Compiled when the first request comes: a start of the cloud does not wait for it. */
function place(cloud: Cloud, region: string, { resourceArn, aclArn }: Association, bodyLimitBytes?: number): void {
  const acl = findByArn<StoredAcl>({ cloud, region, account: cloud.account }, "webacl", aclArn);
  if (!acl) {
    placeFirewall(cloud, resourceArn, undefined);
    return;
  }
  let compiled: CompiledAcl | undefined;
  const whole = () => (compiled ??= compileAcl(aclDefinition(acl, cloud.account), referencesOf(cloud, region, aclArn), bodyLimitBytes));
  const source = { region, acl: { arn: aclArn, name: acl.name, metricName: acl.visibility.MetricName! }, resourceArn };
  const firewall: Firewall = {
    get bodyLimitBytes() {
      return whole().bodyLimitBytes;
    },
    inspect(request) {
      const nowMs = cloud.world.clock.nowMs();
      const outcome = whole().evaluate(request, nowMs);
      noteRequest(cloud, source, request, outcome, nowMs);
      if (outcome.action === "BLOCK") return { action: "BLOCK", ...outcome.response! };
      return { action: "ALLOW", insertHeaders: outcome.insertHeaders };
    },
  };
  placeFirewall(cloud, resourceArn, firewall);
}

export function takeAway(cloud: Cloud, resourceArn: string): void {
  placeFirewall(cloud, resourceArn, undefined);
}

/** The associations of a web ACL whose load balancers still stand; the others are forgotten. */
export async function presentAssociations(cloud: Cloud, region: string, aclArn: string): Promise<Association[]> {
  const present: Association[] = [];
  for (const association of associations(cloud).list(region)) {
    if (association.aclArn !== aclArn) continue;
    if (await loadBalancerStands(cloud, region, association.resourceArn)) present.push(association);
    else {
      associations(cloud).delete(region, association.resourceArn);
      takeAway(cloud, association.resourceArn);
    }
  }
  return present;
}

export async function loadBalancerStands(cloud: Cloud, region: string, arn: string): Promise<boolean> {
  try {
    const call = cloud.as(servicePrincipal(cloud.account, "wafv2.amazonaws.com"), region);
    const { LoadBalancers = [] } = await call("elbv2", "DescribeLoadBalancers", { LoadBalancerArns: [arn] });
    return LoadBalancers.some(({ LoadBalancerArn }) => LoadBalancerArn === arn);
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith("LoadBalancerNotFound")) return false;
    throw error;
  }
}
