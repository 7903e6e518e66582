/** What stands between a load balancer and its rules: WAF puts firewalls here by resource, the load balancer asks them about each request. */
import type { Cloud } from "../../cloud.ts";

export interface InspectedRequest {
  method: string;
  /** As it came: still percent-encoded, without the query. */
  path: string;
  /** As it came, without the question mark; empty when there is none. */
  query: string;
  /** `HTTP/1.1`, `HTTP/2.0`. */
  httpVersion: string;
  /** In the order of arrival, names as they came. */
  headers: readonly (readonly [name: string, value: string])[];
  /** The client's address. */
  sourceIp: string;
  /** The first `bodyLimitBytes` of the body. */
  body: Uint8Array;
  /** Whether there was more. */
  bodyCut: boolean;
}

export type Verdict =
  | {
      action: "ALLOW";
      /** Added to the request (`x-amzn-waf-…`). */
      insertHeaders: readonly (readonly [name: string, value: string])[];
    }
  | {
      action: "BLOCK";
      status: number;
      headers: readonly (readonly [name: string, value: string])[];
      body: string;
    };

export interface Firewall {
  /** How much of a body is inspected: 8 KiB on a load balancer, 16 KiB on a distribution. 0 when no rule looks at bodies: then it need not be read first. */
  readonly bodyLimitBytes: number;
  inspect(request: InspectedRequest): Verdict;
}

const key = Symbol("firewalls");
const firewalls = (cloud: Cloud): Map<string, Firewall> => cloud.memory(key, () => new Map());

/** The firewall in front of the resource with that ARN, if it has one. To be asked for anew at each request. */
export function firewallFor(cloud: Cloud, resourceArn: string): Firewall | undefined {
  return firewalls(cloud).get(resourceArn);
}

/** Puts a firewall in front of a resource in place of the one there, or takes it away. */
export function placeFirewall(cloud: Cloud, resourceArn: string, firewall: Firewall | undefined): void {
  if (firewall) firewalls(cloud).set(resourceArn, firewall);
  else firewalls(cloud).delete(resourceArn);
}

interface Wishes {
  byResource: Map<string, string>;
  watchers: Set<(resourceArn: string, aclArn: string | undefined) => void>;
}

const wishesKey = Symbol("wanted firewalls");
const wishes = (cloud: Cloud): Wishes => cloud.memory(wishesKey, () => ({ byResource: new Map(), watchers: new Set() }));

/** For resources that name their web ACL themselves (distributions): WAF puts its firewall in front of them. */
export function wantFirewall(cloud: Cloud, resourceArn: string, aclArn: string | undefined): void {
  const { byResource, watchers } = wishes(cloud);
  if (byResource.get(resourceArn) === aclArn) return;
  if (aclArn === undefined) byResource.delete(resourceArn);
  else byResource.set(resourceArn, aclArn);
  for (const changed of watchers) changed(resourceArn, aclArn);
}

/** Pairs of a resource's ARN and its web ACL's. */
export const wantedFirewalls = (cloud: Cloud): [resourceArn: string, aclArn: string][] => [...wishes(cloud).byResource];

export function onWantedFirewallChange(cloud: Cloud, changed: (resourceArn: string, aclArn: string | undefined) => void): void {
  wishes(cloud).watchers.add(changed);
}
