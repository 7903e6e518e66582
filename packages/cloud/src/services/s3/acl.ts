/**
 * Access control lists of buckets and objects: who is granted what, as AWS's members have it. They count only where the bucket's
 * ownership setting lets them (Amazon S3 User Guide, "Controlling ownership of objects").
 */
import { AwsError } from "../../aws-error.ts";
import type { Principal } from "../../identity/principal.ts";
import { type Bucket, ownerOf, ownershipOf, publicAccessOf } from "./buckets.ts";
import { invalidArgument, malformedAcl } from "./errors.ts";

export interface Grant {
  Grantee: { Type: "CanonicalUser" | "Group" | "AmazonCustomerByEmail"; ID?: string; DisplayName?: string; URI?: string };
  Permission: Permission;
}

type Permission = (typeof permissions)[number];

const permissions = ["FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"] as const;
const groups = "http://acs.amazonaws.com/groups/";
const allUsers = `${groups}global/AllUsers`;
const authenticatedUsers = `${groups}global/AuthenticatedUsers`;
const logDelivery = `${groups}s3/LogDelivery`;

/** Canned lists, by what they grant beside the owner's full control. */
const canned: Readonly<Record<string, readonly (readonly [uri: string, permission: Permission])[]>> = {
  private: [],
  "bucket-owner-full-control": [],
  "bucket-owner-read": [],
  "aws-exec-read": [],
  "public-read": [[allUsers, "READ"]],
  "public-read-write": [
    [allUsers, "READ"],
    [allUsers, "WRITE"],
  ],
  "authenticated-read": [[authenticatedUsers, "READ"]],
  "log-delivery-write": [
    [logDelivery, "WRITE"],
    [logDelivery, "READ_ACP"],
  ],
};

export interface AclInput {
  ACL?: string | undefined;
  AccessControlPolicy?: { Grants?: readonly unknown[] | undefined; Owner?: { ID?: string | undefined } | undefined } | undefined;
  GrantFullControl?: string | undefined;
  GrantRead?: string | undefined;
  GrantReadACP?: string | undefined;
  GrantWrite?: string | undefined;
  GrantWriteACP?: string | undefined;
}

const headers = [
  ["GrantFullControl", "FULL_CONTROL"],
  ["GrantRead", "READ"],
  ["GrantReadACP", "READ_ACP"],
  ["GrantWrite", "WRITE"],
  ["GrantWriteACP", "WRITE_ACP"],
] as const;

export function ownersGrants(account: string): Grant[] {
  return [{ Grantee: { ...ownerOf(account), Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }];
}

/** What a call asks for; `undefined` where it says nothing of access. Throws where it says it wrongly. */
export function givenGrants(input: AclInput, account: string): Grant[] | undefined {
  const byHeader = headers.filter(([name]) => input[name] !== undefined);
  if (input.ACL !== undefined && byHeader.length > 0) {
    throw new AwsError("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed", 400);
  }
  if (input.AccessControlPolicy && (input.ACL !== undefined || byHeader.length > 0)) {
    throw new AwsError("UnexpectedContent", "This request does not support content", 400);
  }
  if (input.ACL !== undefined) {
    const extra = Object.hasOwn(canned, input.ACL) ? canned[input.ACL] : undefined;
    if (!extra) throw invalidArgument("", "x-amz-acl", input.ACL);
    return [...ownersGrants(account), ...extra.map(([URI, Permission]): Grant => ({ Grantee: { Type: "Group", URI }, Permission }))];
  }
  if (byHeader.length > 0) {
    return byHeader.flatMap(([name, Permission]) => granteesOf(input[name]!, name).map((Grantee) => ({ Grantee, Permission })));
  }
  const policy = input.AccessControlPolicy;
  if (!policy) return undefined;
  if (policy.Owner?.ID === undefined || !policy.Grants) throw malformedAcl();
  if (!isCanonicalId(policy.Owner.ID)) throw invalidArgument("Invalid id", "CanonicalUser/ID", policy.Owner.ID);
  if (policy.Owner.ID !== ownerOf(account).ID) throw new AwsError("AccessDenied", "Access Denied", 403);
  return (policy.Grants as Partial<Grant>[]).map(({ Grantee, Permission }) => {
    if (!Grantee || Permission === undefined) throw malformedAcl();
    if (!permissions.includes(Permission)) throw malformedAcl();
    return { Grantee: checked(Grantee, { id: "CanonicalUser/ID", uri: "Group/URI" }), Permission };
  });
}

/** Of a header: `id="…", uri="…", emailAddress="…"`. */
function granteesOf(text: string, name: string): Grant["Grantee"][] {
  return text.split(",").map((each) => {
    const [, kind, value] = /^\s*(id|uri|emailAddress)\s*=\s*"?([^"]*)"?\s*$/u.exec(each) ?? [];
    if (kind === undefined || value === undefined) {
      const header = `x-amz-${name.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "-").toLowerCase()}`;
      throw invalidArgument("Argument format not recognized", header, text);
    }
    return checked(
      kind === "uri"
        ? { Type: "Group", URI: value }
        : kind === "id"
          ? { Type: "CanonicalUser", ID: value }
          : { Type: "AmazonCustomerByEmail" },
      { id: "id", uri: "uri" },
    );
  });
}

const isCanonicalId = (id: string | undefined): boolean => /^[0-9a-f]{64}$/u.test(id ?? "");

/** `names` are what errors call the two: a header's words, or where they stand in the XML. */
function checked(grantee: Grant["Grantee"], names: { id: string; uri: string }): Grant["Grantee"] {
  const { Type, ID, DisplayName, URI } = grantee;
  if (Type === "Group") {
    if (![allUsers, authenticatedUsers, logDelivery].includes(URI ?? "")) throw invalidArgument("Invalid group uri", names.uri, URI);
    return { Type, URI: URI! };
  }
  if (Type !== "CanonicalUser") {
    throw new AwsError("UnresolvableGrantByEmailAddress", "The e-mail address you provided does not match any account on record.", 400);
  }
  if (!isCanonicalId(ID)) throw invalidArgument("Invalid id", names.id, ID);
  return { Type, ID: ID!, ...(DisplayName !== undefined && { DisplayName }) };
}

/** Whether the bucket takes these grants; `undefined` and the owner's own are always taken. */
export function checkGrants(bucket: Bucket, grants: readonly Grant[] | undefined, account: string): void {
  if (!grants) return;
  const owner = ownerOf(account).ID;
  if (ownershipOf(bucket) === "BucketOwnerEnforced") {
    if (grants.some(({ Grantee, Permission }) => Grantee.ID !== owner || Permission !== "FULL_CONTROL"))
      throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400);
  } else if (publicAccessOf(bucket).BlockPublicAcls && isPublic(grants)) throw new AwsError("AccessDenied", "Access Denied", 403);
}

export const isPublic = (grants: readonly Grant[]) => grants.some(({ Grantee: { URI } }) => URI === allUsers || URI === authenticatedUsers);

/** The permission of a list that lets one take an action. */
const permissionFor: Readonly<Record<string, Permission>> = {
  GetObject: "READ",
  GetObjectVersion: "READ",
  GetObjectAcl: "READ_ACP",
  GetObjectVersionAcl: "READ_ACP",
  PutObjectAcl: "WRITE_ACP",
  PutObjectVersionAcl: "WRITE_ACP",
  ListBucket: "READ",
  ListBucketVersions: "READ",
  ListBucketMultipartUploads: "READ",
  GetBucketAcl: "READ_ACP",
  PutBucketAcl: "WRITE_ACP",
  PutObject: "WRITE",
  DeleteObject: "WRITE",
  DeleteObjectVersion: "WRITE",
};

/** Which list decides about an action on an object: its own, or the bucket's. */
export const bucketsListDecides = (action: string) => permissionFor[action] === "WRITE";

/** Whether a list lets the caller take an action. Callers of the account go by their policies, but groups hold them too. */
export function listAllows(bucket: Bucket, grants: readonly Grant[] | undefined, action: string, principal: Principal): boolean {
  const wanted = permissionFor[action];
  if (!wanted || !grants || ownershipOf(bucket) === "BucketOwnerEnforced" || publicAccessOf(bucket).IgnorePublicAcls) return false;
  return grants.some(
    ({ Grantee: { URI }, Permission }) =>
      (Permission === wanted || Permission === "FULL_CONTROL") &&
      (URI === allUsers || (URI === authenticatedUsers && principal.kind !== "anonymous")),
  );
}
