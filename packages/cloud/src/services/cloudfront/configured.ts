/**
 * The kinds of things that are a configuration under an id: policies, origin access controls, origin access identities. All are made, read,
 * changed and deleted in the same way; the table says in which words.
 */
import type {
  CachePolicyConfig,
  CloudFrontOriginAccessIdentityConfig,
  OriginAccessControlConfig,
  OriginRequestPolicyConfig,
  ResponseHeadersPolicyConfig,
} from "@aws-sdk/client-cloudfront";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { originOf } from "../../runtime/system-tags.ts";
import type { OperationContext } from "../../service.ts";
import { managedCachePolicies } from "./managed/cache-policies.ts";
import { managedOriginRequestPolicies } from "./managed/origin-request-policies.ts";
import { managedResponseHeadersPolicies } from "./managed/response-headers-policies.ts";
import { checkIfMatch, type ConfiguredRecord, distributions, everywhere, newEtag, newId } from "./records.ts";
import { behaviorsOf } from "./behaviors-of.ts";

interface Configs {
  "cache-policy": CachePolicyConfig;
  "origin-request-policy": OriginRequestPolicyConfig;
  "response-headers-policy": ResponseHeadersPolicyConfig;
  "origin-access-control": OriginAccessControlConfig;
  "origin-access-identity": CloudFrontOriginAccessIdentityConfig;
}

export type Kind = keyof Configs;
export type ConfigOf<K extends Kind> = Configs[K];

interface Words {
  /** As in `NoSuchCachePolicy`. */
  name: string;
  spoken: string;
  managed: readonly { id: string; config: unknown }[];
}

const words: Readonly<Record<Kind, Words>> = {
  "cache-policy": { name: "CachePolicy", spoken: "cache policy", managed: managedCachePolicies },
  "origin-request-policy": { name: "OriginRequestPolicy", spoken: "origin request policy", managed: managedOriginRequestPolicies },
  "response-headers-policy": { name: "ResponseHeadersPolicy", spoken: "response headers policy", managed: managedResponseHeadersPolicies },
  "origin-access-control": { name: "OriginAccessControl", spoken: "origin access control", managed: [] },
  "origin-access-identity": { name: "CloudFrontOriginAccessIdentity", spoken: "origin access identity", managed: [] },
};

/** Of a managed policy: it never changes. */
const managedEtag = "E23ZP02F085DFQ";

const collection = <K extends Kind>(cloud: Cloud, kind: K) => cloud.store.collection<ConfiguredRecord<ConfigOf<K>>>(`cloudfront:${kind}`);

export function listConfigured<K extends Kind>(
  cloud: Cloud,
  kind: K,
): { managed: ConfiguredRecord<ConfigOf<K>>[]; custom: ConfiguredRecord<ConfigOf<K>>[] } {
  const managed = words[kind].managed.map(({ id, config }) => ({ id, etag: managedEtag, modifiedMs: 0, config: config as ConfigOf<K> }));
  return { managed, custom: collection(cloud, kind).list(everywhere) };
}

export function findConfigured<K extends Kind>(cloud: Cloud, kind: K, id: string): ConfiguredRecord<ConfigOf<K>> | undefined {
  return collection(cloud, kind).get(everywhere, id) ?? listConfigured(cloud, kind).managed.find((each) => each.id === id);
}

const noSuch = (kind: Kind) => new AwsError(`NoSuch${words[kind].name}`, `The specified ${words[kind].spoken} does not exist.`, 404);

export function requireConfigured<K extends Kind>(cloud: Cloud, kind: K, id: string): ConfiguredRecord<ConfigOf<K>> {
  const found = findConfigured(cloud, kind, id);
  if (!found) throw noSuch(kind);
  return found;
}

const nameOf = (config: ConfigOf<Kind>) => ("Name" in config ? config.Name : undefined);

function checkName<K extends Kind>(cloud: Cloud, kind: K, config: ConfigOf<K>, except?: string): void {
  const { managed, custom } = listConfigured(cloud, kind);
  const name = nameOf(config);
  if (name === undefined || ![...managed, ...custom].some((each) => each.id !== except && nameOf(each.config) === name)) return;
  const already =
    kind === "origin-access-control"
      ? "An origin access control with this name already exists."
      : `A ${words[kind].spoken} with this name already exists. You must provide a unique name. To modify an existing ${words[kind].spoken}, use Update${words[kind].name}.`;
  throw new AwsError(`${words[kind].name}AlreadyExists`, already, 409);
}

/** @param input of the operation: what CloudFormation gives beside it. */
export function createConfigured<K extends Kind>(
  { cloud }: Pick<OperationContext, "cloud">,
  kind: K,
  config: ConfigOf<K>,
  input: object,
): ConfiguredRecord<ConfigOf<K>> {
  if (kind === "origin-access-identity") {
    const { CallerReference } = config as CloudFrontOriginAccessIdentityConfig;
    const same = listConfigured(cloud, "origin-access-identity").custom.find((each) => each.config.CallerReference === CallerReference);
    if (same) {
      if (JSON.stringify(same.config) === JSON.stringify(config)) return same as unknown as ConfiguredRecord<ConfigOf<K>>;
      throw new AwsError(
        "CloudFrontOriginAccessIdentityAlreadyExists",
        "If the CallerReference is a value you already sent in a previous request to create an identity but the content of the CloudFrontOriginAccessIdentityConfig is different from the original request, CloudFront returns this error.",
        409,
      );
    }
  } else checkName(cloud, kind, config);
  const policy = kind.endsWith("policy");
  const token = originOf(input)?.token;
  const record: ConfiguredRecord<ConfigOf<K>> = {
    id: policy ? cloud.world.random.uuid() : newId(cloud),
    etag: newEtag(cloud),
    config,
    modifiedMs: cloud.world.clock.nowMs(),
    ...(token !== undefined && { token }),
    ...(kind === "origin-access-identity" && { canonicalUserId: cloud.world.random.hex(96) }),
  };
  collection(cloud, kind).put(everywhere, record.id, record);
  return record;
}

export function updateConfigured<K extends Kind>(
  { cloud }: Pick<OperationContext, "cloud">,
  kind: K,
  id: string,
  ifMatch: string | undefined,
  config: ConfigOf<K>,
): ConfiguredRecord<ConfigOf<K>> {
  const found = own(cloud, kind, id);
  checkIfMatch(ifMatch, found);
  checkName(cloud, kind, config, id);
  const record = { ...found, config, etag: newEtag(cloud), modifiedMs: cloud.world.clock.nowMs() };
  collection(cloud, kind).put(everywhere, id, record);
  return record;
}

export function deleteConfigured(cloud: Cloud, kind: Kind, id: string, ifMatch: string | undefined): void {
  const found = own(cloud, kind, id);
  checkIfMatch(ifMatch, found);
  if (isUsed(cloud, kind, id))
    throw new AwsError(
      `${words[kind].name}InUse`,
      `Cannot delete the ${words[kind].spoken} because it is attached to one or more cache behaviors or origins.`,
      409,
    );
  collection(cloud, kind).delete(everywhere, id);
}

/** One of the account's own: managed policies stay as they are. */
function own<K extends Kind>(cloud: Cloud, kind: K, id: string): ConfiguredRecord<ConfigOf<K>> {
  const found = collection(cloud, kind).get(everywhere, id);
  if (found) return found;
  if (findConfigured(cloud, kind, id)) throw new AwsError("IllegalUpdate", "The update contains modifications that are not allowed.");
  throw noSuch(kind);
}

export function isUsed(cloud: Cloud, kind: Kind, id: string): boolean {
  return distributions(cloud)
    .list(everywhere)
    .some(({ config }) => {
      const origins = config.Origins?.Items ?? [];
      if (kind === "origin-access-control") return origins.some(({ OriginAccessControlId }) => OriginAccessControlId === id);
      if (kind === "origin-access-identity")
        return origins.some(({ S3OriginConfig }) => S3OriginConfig?.OriginAccessIdentity?.endsWith(`/${id}`));
      const member = `${words[kind].name}Id` as "CachePolicyId" | "OriginRequestPolicyId" | "ResponseHeadersPolicyId";
      return behaviorsOf(config).some((behavior) => behavior[member] === id);
    });
}
