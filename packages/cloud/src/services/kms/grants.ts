/** Grants: rights on a key for one principal, given by CreateGrant and taken back by retiring or revoking. Source: AWS KMS Developer Guide, "Grants in AWS KMS". */
import type { Cloud } from "../../cloud.ts";
import type { Principal } from "../../identity/principal.ts";

export type EncryptionContext = Readonly<Record<string, string>>;

export interface Grant {
  id: string;
  token: string;
  keyId: string;
  name?: string;
  createdMs: number;
  grantee: string;
  retiring?: string;
  issuingAccount: string;
  operations: string[];
  constraints?: { EncryptionContextSubset?: EncryptionContext; EncryptionContextEquals?: EncryptionContext };
}

const grants = (cloud: Cloud) => cloud.store.collection<Grant>("kms.grant");
const memory = Symbol("kms grants");

/** By Region and key. */
const shelf = (cloud: Cloud): Map<string, readonly Grant[]> =>
  cloud.memory(memory, () => {
    const all = new Map<string, Grant[]>();
    for (const { scope, value } of grants(cloud).all()) {
      const place = `${scope}/${value.keyId}`;
      all.set(place, [...(all.get(place) ?? []), value]);
    }
    return all;
  });

/** In the order of their ids. */
export const grantsOf = (cloud: Cloud, region: string, keyId: string): readonly Grant[] => shelf(cloud).get(`${region}/${keyId}`) ?? [];

export const allGrants = (cloud: Cloud, region: string): Grant[] => grants(cloud).list(region);

export function putGrant(cloud: Cloud, region: string, grant: Grant): void {
  grants(cloud).put(region, `${grant.keyId}/${grant.id}`, grant);
  const others = grantsOf(cloud, region, grant.keyId).filter(({ id }) => id !== grant.id);
  shelf(cloud).set(
    `${region}/${grant.keyId}`,
    [...others, grant].sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
}

export function removeGrant(cloud: Cloud, region: string, { keyId, id }: Grant): void {
  grants(cloud).delete(region, `${keyId}/${id}`);
  shelf(cloud).set(
    `${region}/${keyId}`,
    grantsOf(cloud, region, keyId).filter((grant) => grant.id !== id),
  );
}

export function forgetGrants(cloud: Cloud, region: string, keyId: string): void {
  for (const grant of grantsOf(cloud, region, keyId)) removeGrant(cloud, region, grant);
}

/** Whether a grant allows this. `operation` as grants name it; the constraints hold for what has an encryption context. */
export const isGranted = (
  cloud: Cloud,
  region: string,
  keyId: string,
  { principal, operation, context = {} }: { principal: Principal; operation: string; context?: EncryptionContext | undefined },
): boolean =>
  grantsOf(cloud, region, keyId).some(
    (grant) => grant.operations.includes(operation) && names(grant.grantee, principal) && meets(grant, operation, context),
  );

/** Whether an ARN means the caller: a role means its sessions, the account means nobody in particular. */
export function names(arn: string, principal: Principal): boolean {
  if (arn === principal.arn) return true;
  return principal.kind === "assumed-role" && arn === principal.roleArn;
}

const withoutContext = new Set(["CreateGrant", "DescribeKey", "GetPublicKey", "RetireGrant", "Sign", "Verify", "GenerateMac", "VerifyMac"]);

function meets({ constraints }: Grant, operation: string, context: EncryptionContext): boolean {
  if (!constraints || withoutContext.has(operation)) return true;
  const { EncryptionContextSubset: subset = {}, EncryptionContextEquals: equals } = constraints;
  const holds = (wanted: EncryptionContext) => Object.entries(wanted).every(([key, value]) => context[key] === value);
  if (equals && (Object.keys(equals).length !== Object.keys(context).length || !holds(equals))) return false;
  return holds(subset);
}
