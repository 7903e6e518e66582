/** Managed groups that are lists of addresses. The lists are the user's own files here (see services/wafv2/README.md), by default empty. */
import type { RuleAction } from "@aws-sdk/client-wafv2";
import { managedGroup, managedRule } from "./managed-rule.ts";

const prefix = "plinth:managed-addresses:";
const names: string[] = [];

/** A rule that matches the addresses of the list with its name. */
function listed(name: string, action?: RuleAction) {
  names.push(name);
  return managedRule(name, name, { IPSetReferenceStatement: { ARN: prefix + name } }, action);
}

/** The name of the list that a reference within a managed group stands for. */
export const listOf = (arn: string): string | undefined => (arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined);

export const ipReputation = managedGroup(
  "AWSManagedRulesAmazonIpReputationList",
  25,
  "amazon-ip-list",
  "This group contains rules that are based on Amazon threat intelligence. This is useful if you would like to block sources associated with bots or other threats.",
  [listed("AWSManagedIPReputationList"), listed("AWSManagedReconnaissanceList"), listed("AWSManagedIPDDoSList", { Count: {} })],
);

export const anonymousIps = managedGroup(
  "AWSManagedRulesAnonymousIpList",
  50,
  "anonymous-ip-list",
  "This group contains rules that allow you to block requests from services that allow obfuscation of viewer identity. This can include request originating from VPN, proxies, Tor nodes, and hosting providers. This is useful if you want to filter out viewers that may be trying to hide their identity from your application.",
  [listed("AnonymousIPList"), listed("HostingProviderIPList")],
);

/** All lists, by the names of their rules. */
export const addressLists: readonly string[] = names;
