/** CreateGrant, ListGrants, ListRetirableGrants, RetireGrant and RevokeGrant. */
import { isDeepStrictEqual } from "node:util";
import { checkConstraints } from "../../../constraints.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { AwsError } from "../../../aws-error.ts";
import { dryRun, invalidArn, notFound, notServedHere, validation } from "../errors.ts";
import { allGrants, type Grant, grantsOf, names, putGrant, removeGrant } from "../grants.ts";
import { checkState, findKey, type Key } from "../key.ts";
import { resolveKey } from "../key-reference.ts";
import { algorithmsOf } from "../key-spec.ts";
import { markedPage } from "../pages.ts";

export const grantOperations = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
  "Sign",
  "Verify",
  "GetPublicKey",
  "CreateGrant",
  "RetireGrant",
  "DescribeKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateMac",
  "VerifyMac",
  "DeriveSharedSecret",
];

/** Which of them a key of a usage can do (AWS KMS Developer Guide, "Grant operations"). */
const always = ["CreateGrant", "RetireGrant", "DescribeKey"];
const byUsage: Readonly<Record<Key["usage"], (symmetric: boolean) => readonly string[]>> = {
  ENCRYPT_DECRYPT: (symmetric) => [
    "Decrypt",
    "Encrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    ...(symmetric
      ? ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"]
      : ["GetPublicKey"]),
  ],
  SIGN_VERIFY: () => ["Sign", "Verify", "GetPublicKey"],
  GENERATE_VERIFY_MAC: () => ["GenerateMac", "VerifyMac"],
  KEY_AGREEMENT: () => ["DeriveSharedSecret", "GetPublicKey"],
};

const principalForm = "^[\\w+=,.@:/-]+$";

/** An account, a user, a role or a session of one; whether it is there is not looked at, so that a grant may come before its role. */
const isPrincipal = (text: string) =>
  /^(\d{12}|arn:aws[a-z-]*:(iam::\d{12}:(root|(user|role)\/.+)|sts::\d{12}:(assumed-role|federated-user)\/.+))$/.test(text);

export const createGrant = operation("kms", "CreateGrant", (input, context) => {
  const { cloud, account, region } = context;
  const given = input.Operations ?? [];
  checkConstraints("ValidationException", {
    granteePrincipal: [input.GranteePrincipal, { length: [1, 256], pattern: principalForm }],
    retiringPrincipal: [input.RetiringPrincipal, { length: [1, 256], pattern: principalForm }],
    name: [input.Name, { length: [1, 256], pattern: "^[a-zA-Z0-9:/_-]+$" }],
    ...Object.fromEntries(given.map((each, index) => [`operations.${index + 1}.member`, [each, { enum: grantOperations }] as const])),
  });
  const { Constraints, GranteePrincipal: grantee } = input;
  if (input.GranteeServicePrincipal !== undefined || input.RetiringServicePrincipal !== undefined || Constraints?.SourceArn !== undefined) {
    throw notServedHere("give grants to service principals");
  }
  if (grantee === undefined) throw validation("You must specify a grantee principal.");
  for (const named of [grantee, input.RetiringPrincipal]) {
    if (named !== undefined && !isPrincipal(named)) throw invalidArn(`ARN does not refer to a valid principal: ${named}`);
  }
  const key = resolveKey(context, input.KeyId, { aliases: false });
  checkState(cloud, key);
  const able = [...always, ...byUsage[key.usage](key.spec === "SYMMETRIC_DEFAULT")];
  const unable = given.find((each) => !able.includes(each));
  if (given.length === 0) throw validation("Operations must not be empty.");
  if (unable !== undefined) {
    throw validation(`The operation ${unable} is not valid for a KMS key with KeyUsage ${key.usage} and KeySpec ${key.spec}.`);
  }
  if (Constraints && !algorithmsOf(key.spec, key.usage).EncryptionAlgorithms?.includes("SYMMETRIC_DEFAULT")) {
    throw validation("Encryption context constraints are only valid for symmetric encryption KMS keys.");
  }
  const wanted: Omit<Grant, "id" | "token" | "createdMs"> = {
    keyId: key.id,
    ...(input.Name !== undefined && { name: input.Name }),
    grantee,
    ...(input.RetiringPrincipal !== undefined && { retiring: input.RetiringPrincipal }),
    issuingAccount: `arn:aws:iam::${account}:root`,
    operations: [...given],
    ...(Constraints && { constraints: JSON.parse(JSON.stringify(Constraints)) as NonNullable<Grant["constraints"]> }),
  };
  if (input.DryRun) throw dryRun();
  // A named grant that is the same in all is one that a client asks for again.
  const known = input.Name === undefined ? undefined : grantsOf(cloud, region, key.id).find((grant) => isSame(grant, wanted));
  if (known) return { GrantId: known.id, GrantToken: known.token };
  const { random, clock } = cloud.world;
  const grant: Grant = {
    ...wanted,
    id: random.hex(64),
    token: Buffer.from(random.bytes(96)).toString("base64"),
    createdMs: clock.nowMs(),
  };
  putGrant(cloud, region, grant);
  return { GrantId: grant.id, GrantToken: grant.token };
});

const isSame = (known: Grant, wanted: Omit<Grant, "id" | "token" | "createdMs">): boolean =>
  isDeepStrictEqual({ ...wanted, id: known.id, token: known.token, createdMs: known.createdMs }, known);

const shown = (grant: Grant, key: Key | undefined) => ({
  KeyId: key?.arn ?? grant.keyId,
  GrantId: grant.id,
  Name: grant.name ?? "",
  CreationDate: new Date(grant.createdMs),
  GranteePrincipal: grant.grantee,
  ...(grant.retiring !== undefined && { RetiringPrincipal: grant.retiring }),
  IssuingAccount: grant.issuingAccount,
  Operations: grant.operations as "Decrypt"[],
  ...(grant.constraints && { Constraints: grant.constraints }),
});

export const listGrants = operation("kms", "ListGrants", ({ KeyId, GrantId, GranteePrincipal, Limit, Marker }, context) => {
  checkConstraints("ValidationException", { limit: [Limit, { range: [1, 100] }], grantId: [GrantId, { length: [1, 128] }] });
  const { cloud, region } = context;
  const key = resolveKey(context, KeyId, { aliases: false });
  const found = grantsOf(cloud, region, key.id).filter(
    ({ id, grantee }) => (GrantId === undefined || id === GrantId) && (GranteePrincipal === undefined || grantee === GranteePrincipal),
  );
  const query = `grants ${key.arn} ${GrantId} ${GranteePrincipal}`;
  const { items, ...more } = markedPage(found, { size: Limit ?? 50, marker: Marker, keyOf: ({ id }) => id, query });
  return { Grants: items.map((grant) => shown(grant, key)), ...more };
});

export const listRetirableGrants = operation("kms", "ListRetirableGrants", ({ RetiringPrincipal, Limit, Marker }, context) => {
  checkConstraints("ValidationException", {
    limit: [Limit, { range: [1, 100] }],
    retiringPrincipal: [RetiringPrincipal, { length: [1, 256], pattern: principalForm }],
  });
  const { cloud, region } = context;
  const found = allGrants(cloud, region).filter(({ retiring }) => retiring === RetiringPrincipal);
  const keyOf = ({ keyId, id }: Grant) => `${keyId}/${id}`;
  const { items, ...more } = markedPage(found, { size: Limit ?? 50, marker: Marker, keyOf, query: `retirable ${RetiringPrincipal}` });
  return { Grants: items.map((grant) => shown(grant, findKey(cloud, region, grant.keyId))), ...more };
});

export const revokeGrant = operation("kms", "RevokeGrant", ({ KeyId, GrantId, DryRun }, context) => {
  const { cloud, region } = context;
  const key = resolveKey(context, KeyId, { aliases: false });
  const grant = grantsOf(cloud, region, key.id).find(({ id }) => id === GrantId);
  if (!grant) throw notFound(`Grant ID ${GrantId} not found`);
  if (DryRun) throw dryRun();
  removeGrant(cloud, region, grant);
  return {};
});

interface Retiring {
  GrantToken?: string | undefined;
  KeyId?: string | undefined;
  GrantId?: string | undefined;
}

/** The grant that RetireGrant names, by its token or by key and id. */
export function peekRetired({ cloud, region }: OperationContext, { GrantToken, KeyId, GrantId }: Retiring): Grant | undefined {
  if (GrantToken !== undefined) return allGrants(cloud, region).find(({ token }) => token === GrantToken);
  const id = KeyId?.slice(KeyId.lastIndexOf("/") + 1) ?? "";
  return grantsOf(cloud, region, id).find((grant) => grant.id === GrantId);
}

/** Whether the grant itself lets the caller retire it: its retiring principal, or its grantee where the grant says so. */
export const mayRetire = ({ retiring, grantee, operations }: Grant, { principal }: OperationContext): boolean =>
  (retiring !== undefined && names(retiring, principal)) || (operations.includes("RetireGrant") && names(grantee, principal));

export const retireGrant = operation("kms", "RetireGrant", (input, context) => {
  if (input.GrantToken === undefined && (input.KeyId === undefined || input.GrantId === undefined)) {
    throw validation("Please specify either a grant token, or a key ID and a grant ID.");
  }
  const grant = peekRetired(context, input);
  if (!grant) {
    throw input.GrantToken === undefined
      ? notFound(`Grant ID ${input.GrantId} not found`)
      : new AwsError("InvalidGrantTokenException", "Invalid grant token.");
  }
  if (input.DryRun) throw dryRun();
  removeGrant(context.cloud, context.region, grant);
  return {};
});
