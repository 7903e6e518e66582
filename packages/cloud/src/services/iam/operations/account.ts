/** The operations on the account as a whole: alias, summary, password policy, everything at once. */
import type { EntityType } from "@aws-sdk/client-iam";
import { type OperationContext, operation } from "../../../service.ts";
import { groups, instanceProfiles, managedPolicies, type PolicyHolder, roles, users } from "../../../identity/entities.ts";
import {
  allPolicies,
  describedGroup,
  describedInstanceProfile,
  describedPolicy,
  describedRole,
  describedUser,
  encodedDocument,
  findPolicy,
  lastUseOf,
  usedPolicies,
} from "../described.ts";
import { entityAlreadyExists, noSuchEntity, validationError } from "../errors.ts";
import { check, tagList } from "../names.ts";
import { page } from "../pages.ts";
import { mfaDevices } from "../user-things.ts";
import { oidcProviderArns } from "./oidc-provider.ts";
import { serverCertificateCount } from "./server-certificate.ts";

interface PasswordPolicy {
  MinimumPasswordLength: number;
  RequireSymbols: boolean;
  RequireNumbers: boolean;
  RequireUppercaseCharacters: boolean;
  RequireLowercaseCharacters: boolean;
  AllowUsersToChangePassword: boolean;
  MaxPasswordAge?: number;
  PasswordReusePrevention?: number;
  HardExpiry?: boolean;
}

interface AccountRecord {
  alias?: string;
  passwordPolicy?: PasswordPolicy;
}

const kept = (context: OperationContext) => context.cloud.store.collection<AccountRecord>("iam:account");
const account = (context: OperationContext): AccountRecord => kept(context).get("global", "account") ?? {};
const keep = (context: OperationContext, value: AccountRecord) => kept(context).put("global", "account", value);

export const createAccountAlias = operation("iam", "CreateAccountAlias", (input, context) => {
  check({ accountAlias: [input.AccountAlias, { length: [3, 63], pattern: "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$" }] });
  if (account(context).alias === input.AccountAlias) throw entityAlreadyExists(`The account alias ${input.AccountAlias} already exists.`);
  // An account has one alias: a new one takes the place of the old.
  keep(context, { ...account(context), alias: input.AccountAlias! });
  return {};
});

export const listAccountAliases = operation("iam", "ListAccountAliases", (_input, context) => {
  const { alias } = account(context);
  return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false };
});

export const deleteAccountAlias = operation("iam", "DeleteAccountAlias", (input, context) => {
  const record = account(context);
  if (record.alias !== input.AccountAlias) throw noSuchEntity(`The account alias with name ${input.AccountAlias} cannot be found.`);
  delete record.alias;
  keep(context, record);
  return {};
});

export const updateAccountPasswordPolicy = operation("iam", "UpdateAccountPasswordPolicy", (input, context) => {
  check({
    minimumPasswordLength: [input.MinimumPasswordLength, { range: [6, 128] }],
    passwordReusePrevention: [input.PasswordReusePrevention, { range: [1, 24] }],
    maxPasswordAge: [input.MaxPasswordAge, { range: [1, 1095] }],
  });
  const passwordPolicy: PasswordPolicy = {
    MinimumPasswordLength: input.MinimumPasswordLength ?? 6,
    RequireSymbols: input.RequireSymbols ?? false,
    RequireNumbers: input.RequireNumbers ?? false,
    RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
    RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
    AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
    ...(input.MaxPasswordAge !== undefined && { MaxPasswordAge: input.MaxPasswordAge }),
    ...(input.PasswordReusePrevention !== undefined && { PasswordReusePrevention: input.PasswordReusePrevention }),
    ...(input.HardExpiry !== undefined && { HardExpiry: input.HardExpiry }),
  };
  keep(context, { ...account(context), passwordPolicy });
  return {};
});

const noPasswordPolicy = (context: OperationContext) =>
  noSuchEntity(`The Password Policy with domain name ${context.account} cannot be found.`);

export const getAccountPasswordPolicy = operation("iam", "GetAccountPasswordPolicy", (_input, context) => {
  const { passwordPolicy } = account(context);
  if (!passwordPolicy) throw noPasswordPolicy(context);
  return { PasswordPolicy: { ...passwordPolicy, ExpirePasswords: (passwordPolicy.MaxPasswordAge ?? 0) > 0 } };
});

export const deleteAccountPasswordPolicy = operation("iam", "DeleteAccountPasswordPolicy", (_input, context) => {
  const record = account(context);
  if (!record.passwordPolicy) throw noSuchEntity("The account policy with name PasswordPolicy cannot be found.");
  delete record.passwordPolicy;
  keep(context, record);
  return {};
});

export const getAccountSummary = operation("iam", "GetAccountSummary", (_input, { cloud, ...context }) => {
  const policies = managedPolicies(cloud).list();
  const devices = mfaDevices(cloud).list("global");
  return {
    SummaryMap: {
      AccessKeysPerUserQuota: 2,
      AccountAccessKeysPresent: 0,
      AccountMFAEnabled: 0,
      AccountPasswordPresent: 1,
      AccountSigningCertificatesPresent: 0,
      AssumeRolePolicySizeQuota: 4096,
      AttachedPoliciesPerGroupQuota: 20,
      AttachedPoliciesPerRoleQuota: 20,
      AttachedPoliciesPerUserQuota: 20,
      GlobalEndpointTokenVersion: 1,
      GroupPolicySizeQuota: 5120,
      Groups: groups(cloud).list().length,
      GroupsPerUserQuota: 10,
      GroupsQuota: 300,
      InstanceProfiles: instanceProfiles(cloud).list().length,
      InstanceProfilesQuota: 1000,
      MFADevices: devices.filter(({ seed }) => seed !== undefined).length,
      MFADevicesInUse: devices.filter(({ userId }) => userId !== undefined).length,
      Policies: policies.length,
      PoliciesQuota: 1500,
      PolicySizeQuota: 6144,
      PolicyVersionsInUse: usedPolicies(cloud).size,
      PolicyVersionsInUseQuota: 10_000,
      Providers: oidcProviderArns({ cloud, ...context }).length,
      RolePolicySizeQuota: 10_240,
      Roles: roles(cloud).list().length,
      RolesQuota: 1000,
      ServerCertificates: serverCertificateCount({ cloud, ...context }),
      ServerCertificatesQuota: 20,
      SigningCertificatesPerUserQuota: 2,
      UserPolicySizeQuota: 2048,
      Users: users(cloud).list().length,
      UsersQuota: 5000,
      VersionsPerPolicyQuota: 5,
    },
  };
});

const inlineOf = (holder: PolicyHolder) =>
  Object.entries(holder.inline).map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: encodedDocument(document) }));
const attachedOf = (holder: PolicyHolder) =>
  holder.attached.map((PolicyArn) => ({ PolicyName: PolicyArn.slice(PolicyArn.lastIndexOf("/") + 1), PolicyArn }));

const kinds = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"] as const;

export const getAccountAuthorizationDetails = operation("iam", "GetAccountAuthorizationDetails", (input, context) => {
  const { cloud } = context;
  const wanted: readonly string[] = input.Filter?.length ? input.Filter : kinds;
  for (const kind of wanted) if (!kinds.includes(kind as EntityType)) throw validationError(`Invalid value for Filter: ${kind}`);
  const used = usedPolicies(cloud);
  const all = [
    ...users(cloud)
      .list()
      .map((one) => ({ kind: "User" as const, key: one.name, one })),
    ...groups(cloud)
      .list()
      .map((one) => ({ kind: "Group" as const, key: one.name, one })),
    ...roles(cloud)
      .list()
      .map((one) => ({ kind: "Role" as const, key: one.name, one })),
    // Of AWS's policies those that are in use, as AWS answers.
    ...allPolicies(cloud)
      .filter((one) => !one.aws || used.has(one.arn))
      .map((one) => ({ kind: one.aws ? ("AWSManagedPolicy" as const) : ("LocalManagedPolicy" as const), key: one.arn, one })),
  ].filter(({ kind }) => wanted.includes(kind));
  const { items, rest } = page(all, input, `details ${wanted.join()}`, ({ kind, key }) => `${kind} ${key}`);
  return {
    UserDetailList: items.flatMap((item) =>
      item.kind !== "User"
        ? []
        : [
            {
              ...describedUser(item.one),
              ...(Object.keys(item.one.inline).length > 0 && { UserPolicyList: inlineOf(item.one) }),
              GroupList: item.one.groups,
              AttachedManagedPolicies: attachedOf(item.one),
              Tags: tagList(item.one.tags),
            },
          ],
    ),
    GroupDetailList: items.flatMap((item) =>
      item.kind !== "Group"
        ? []
        : [{ ...describedGroup(item.one), GroupPolicyList: inlineOf(item.one), AttachedManagedPolicies: attachedOf(item.one) }],
    ),
    RoleDetailList: items.flatMap((item) => {
      if (item.kind !== "Role") return [];
      const { Description: _d, MaxSessionDuration: _m, ...role } = describedRole(item.one);
      return [
        {
          ...role,
          InstanceProfileList: instanceProfiles(cloud)
            .list()
            .filter((profile) => profile.roles.includes(item.one.name))
            .map((profile) => ({
              ...describedInstanceProfile(cloud, profile),
              // Here, unlike in the lists of profiles, the role comes with its boundary.
              Roles: [describedRole(item.one)],
            })),
          RolePolicyList: inlineOf(item.one),
          AttachedManagedPolicies: attachedOf(item.one),
          Tags: tagList(item.one.tags),
          ...lastUseOf(item.one),
        },
      ];
    }),
    Policies: items.flatMap((item) => {
      if (item.kind !== "LocalManagedPolicy" && item.kind !== "AWSManagedPolicy") return [];
      const { Tags: _t, ...policy } = describedPolicy(cloud, item.one);
      return [
        {
          ...policy,
          PolicyVersionList: findPolicy(cloud, item.one.arn)!.versions.map((version) => ({
            Document: encodedDocument(version.document),
            VersionId: version.id,
            IsDefaultVersion: version.id === item.one.defaultVersion,
            CreateDate: new Date(version.createdMs),
          })),
        },
      ];
    }),
    ...rest,
  };
});
