/** The condition keys that every request has. */
import type { OperationContext } from "../service.ts";
import type { ConditionKeys } from "./conditions.ts";
import { roles, users } from "./entities.ts";
import type { Principal } from "./principal.ts";

type Place = Pick<OperationContext, "cloud" | "region" | "account">;

type More = Readonly<Record<string, string | string[]>>;

/** Global keys, and `more` of the operation's own, found out when a policy first asks: most statements have no conditions. */
export function conditionKeys(place: Place, principal: Principal, more: More | (() => More) = {}): ConditionKeys {
  let all: ReadonlyMap<string, readonly string[]> | undefined;
  const keys = () => (all ??= allConditionKeys(place, principal, typeof more === "function" ? more() : more));
  return { get: (name) => keys().get(name), has: (name) => keys().has(name) };
}

/** The same as a map. Names are compared without regard to case. */
export function allConditionKeys(place: Place, principal: Principal, more: More = {}): Map<string, readonly string[]> {
  const now = place.cloud.world.clock.nowMs();
  const keys = new Map<string, readonly string[]>();
  const set = (name: string, value: string | readonly string[] | undefined) => {
    if (value !== undefined) keys.set(name.toLowerCase(), typeof value === "string" ? [value] : value);
  };
  set("aws:CurrentTime", new Date(now).toISOString());
  set("aws:EpochTime", String(Math.floor(now / 1000)));
  set("aws:RequestedRegion", place.region);
  set("aws:ResourceAccount", place.account);
  if (principal.kind !== "anonymous") {
    set("aws:PrincipalAccount", principal.account);
    set("aws:PrincipalArn", principal.kind === "assumed-role" ? principal.roleArn : principal.arn);
  }
  set("aws:PrincipalIsAWSService", String(principal.kind === "service"));
  // The loopback is as closed to others as TLS is: a policy that asks for it must hold here as on AWS.
  set("aws:SecureTransport", "true");
  set("aws:SourceIp", "127.0.0.1");
  set("aws:ViaAWSService", String(principal.via !== undefined));
  if (principal.kind === "service") {
    set("aws:PrincipalServiceName", principal.service);
    set("aws:SourceAccount", principal.account);
    set("aws:SourceArn", principal.sourceArn);
  } else {
    set("aws:userid", principal.userId);
    set("aws:PrincipalType", { root: "Account", user: "User", "assumed-role": "AssumedRole", anonymous: "Anonymous" }[principal.kind]);
  }
  if (principal.kind === "user") {
    set("aws:username", principal.userName);
    for (const [key, value] of Object.entries(users(place.cloud).get(principal.userName)?.tags ?? {}))
      set(`aws:PrincipalTag/${key}`, value);
  }
  if (principal.kind === "assumed-role") {
    const tags = [roles(place.cloud).get(principal.roleName)?.tags, principal.sessionTags?.tags];
    for (const [key, value] of tags.flatMap((some) => Object.entries(some ?? {}))) set(`aws:PrincipalTag/${key}`, value);
  }
  for (const [name, value] of Object.entries(more)) set(name, value);
  return keys;
}
