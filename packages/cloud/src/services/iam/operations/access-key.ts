/** The operations on users' access keys. */
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { findCredentials, issueUserAccessKey, revokeCredentials, setCredentialsActive } from "../../../identity/credentials.ts";
import { users } from "../../../identity/entities.ts";
import { limitExceeded, noSuchEntity } from "../errors.ts";
import { check } from "../names.ts";
import { page } from "../pages.ts";
import { namedOrCalling } from "./user.ts";

/** Keys that a user may have. */
const mostKeys = 2;

const noSuchKey = (id: string) => noSuchEntity(`The Access Key with id ${id} cannot be found.`);

/** What AWS says of a key that is no user's of this account: it may be another's. */
const hiddenKey = ({ principal }: OperationContext, id: string) =>
  new AwsError(
    "AccessDenied",
    `User: ${principal.arn} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${id}`,
    403,
  );

export const createAccessKey = operation("iam", "CreateAccessKey", (input, context) => {
  const user = namedOrCalling(context, input.UserName);
  if (user.accessKeys.length >= mostKeys) throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${mostKeys}`);
  const { accessKeyId, secretAccessKey } = issueUserAccessKey(context.cloud, {
    kind: "user",
    account: context.account,
    arn: user.arn,
    userId: user.id,
    userName: user.name,
  });
  const key = { id: accessKeyId, status: "Active" as const, createdMs: context.cloud.world.clock.nowMs() };
  users(context.cloud).put({ ...user, accessKeys: [...user.accessKeys, key] });
  return {
    AccessKey: {
      UserName: user.name,
      AccessKeyId: accessKeyId,
      Status: "Active" as const,
      SecretAccessKey: secretAccessKey,
      CreateDate: new Date(key.createdMs),
    },
  };
});

export const listAccessKeys = operation("iam", "ListAccessKeys", (input, context) => {
  const user = namedOrCalling(context, input.UserName);
  const { items, rest } = page(user.accessKeys, input, `keys of ${user.name}`, ({ id }) => id);
  return {
    AccessKeyMetadata: items.map((key) => ({
      UserName: user.name,
      AccessKeyId: key.id,
      Status: key.status,
      CreateDate: new Date(key.createdMs),
    })),
    ...rest,
  };
});

function owned(context: OperationContext, name: string | undefined, id: string) {
  const all = users(context.cloud).list();
  const user =
    name === undefined && context.principal.kind === "root"
      ? all.find((one) => one.accessKeys.some((key) => key.id === id))
      : namedOrCalling(context, name);
  const key = user?.accessKeys.find((one) => one.id === id);
  if (!user || !key) throw noSuchKey(id);
  return { user, key };
}

export const updateAccessKey = operation("iam", "UpdateAccessKey", (input, context) => {
  check({ status: [input.Status, { enum: ["Active", "Inactive"] }] });
  const { user, key } = owned(context, input.UserName, input.AccessKeyId!);
  const accessKeys = user.accessKeys.map((one) => (one.id === key.id ? { ...one, status: input.Status as "Active" } : one));
  setCredentialsActive(context.cloud, key.id, input.Status === "Active");
  users(context.cloud).put({ ...user, accessKeys });
  return {};
});

export const deleteAccessKey = operation("iam", "DeleteAccessKey", (input, context) => {
  const { user, key } = owned(context, input.UserName, input.AccessKeyId!);
  revokeCredentials(context.cloud, key.id);
  users(context.cloud).put({ ...user, accessKeys: user.accessKeys.filter((one) => one.id !== key.id) });
  return {};
});

export const getAccessKeyLastUsed = operation("iam", "GetAccessKeyLastUsed", (input, context) => {
  const credentials = findCredentials(context.cloud, input.AccessKeyId!);
  if (credentials?.principal.kind !== "user") throw hiddenKey(context, input.AccessKeyId!);
  const name = credentials.principal.userName;
  const key = users(context.cloud)
    .get(name)
    ?.accessKeys.find(({ id }) => id === input.AccessKeyId);
  if (!key) throw hiddenKey(context, input.AccessKeyId!);
  const used = key.lastUsed;
  return {
    UserName: name,
    AccessKeyLastUsed: used
      ? { LastUsedDate: new Date(used.atMs), ServiceName: used.service, Region: used.region }
      : { LastUsedDate: undefined, ServiceName: "N/A", Region: "N/A" },
  };
});
