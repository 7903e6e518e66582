/** What each of IAM's operations asks of its caller's policies: the ARN of what it is about, which its input names. */
import type { Authorization, OperationContext } from "../../service.ts";
import { groups, instanceProfiles, managedPolicies, roles, users } from "../../identity/entities.ts";

type Input = Readonly<Record<string, unknown>>;

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

/** The ARN of what stands under that name, or of what would. */
function arnOf(
  context: OperationContext,
  kind: "role" | "user" | "group" | "policy" | "instance-profile",
  name: string,
  path = "/",
): string {
  const shelf = { role: roles, user: users, group: groups, policy: managedPolicies, "instance-profile": instanceProfiles }[kind](
    context.cloud,
  );
  return shelf.get(name)?.arn ?? `arn:aws:iam::${context.account}:${kind}${path}${name}`;
}

function resourceOf(operation: string, input: Input, context: OperationContext): string {
  const path = text(input.Path) ?? "/";
  const [role, user, group] = [text(input.RoleName), text(input.UserName), text(input.GroupName)];
  const profile = text(input.InstanceProfileName);
  if (profile !== undefined) return arnOf(context, "instance-profile", profile, path);
  if (role !== undefined) return arnOf(context, "role", role, path);
  if (group !== undefined) return arnOf(context, "group", group, path);
  if (user !== undefined) return arnOf(context, "user", user, path);
  if (text(input.SerialNumber)?.startsWith("arn:")) return text(input.SerialNumber)!;
  if (operation === "CreateVirtualMFADevice") return `arn:aws:iam::${context.account}:mfa${path}${text(input.VirtualMFADeviceName) ?? "*"}`;
  if (text(input.ServerCertificateName) !== undefined)
    return `arn:aws:iam::${context.account}:server-certificate${path}${text(input.ServerCertificateName)}`;
  if (text(input.PolicyArn) !== undefined) return text(input.PolicyArn)!;
  if (operation === "CreatePolicy") return arnOf(context, "policy", text(input.PolicyName) ?? "*", path);
  if (text(input.PolicySourceArn) !== undefined) return text(input.PolicySourceArn)!;
  if (text(input.OpenIDConnectProviderArn) !== undefined) return text(input.OpenIDConnectProviderArn)!;
  if (operation === "CreateOpenIDConnectProvider")
    return `arn:aws:iam::${context.account}:oidc-provider/${(text(input.Url) ?? "").replace(/^https?:\/\//, "")}`;
  if (operation === "CreateServiceLinkedRole")
    return `arn:aws:iam::${context.account}:role/aws-service-role/${text(input.AWSServiceName) ?? "*"}/*`;
  // A user's own things when no user is named.
  if (
    /AccessKeys?$|LoginProfile$|^GetUser$|^ChangePassword$|SigningCertificates?$|SSHPublicKeys?$|ServiceSpecificCredentials?$|^ListMFADevices$|^DeactivateMFADevice$/.test(
      operation,
    ) &&
    context.principal.kind === "user"
  )
    return context.principal.arn;
  return "*";
}

/** Boundary, policy and tags, which conditions look at. */
function conditionsOf(input: Input): Record<string, string | string[]> {
  const tags = Array.isArray(input.Tags) ? (input.Tags as { Key?: string; Value?: string }[]) : [];
  const keys = Array.isArray(input.TagKeys) ? (input.TagKeys as string[]) : tags.map(({ Key = "" }) => Key);
  return {
    ...(text(input.PermissionsBoundary) !== undefined && { "iam:PermissionsBoundary": text(input.PermissionsBoundary)! }),
    ...(text(input.PolicyArn) !== undefined && { "iam:PolicyARN": text(input.PolicyArn)! }),
    ...(text(input.AWSServiceName) !== undefined && { "iam:AWSServiceName": text(input.AWSServiceName)! }),
    ...Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    ...(keys.length > 0 && { "aws:TagKeys": keys }),
  };
}

/** For every operation of `names`. */
export const authorizeAll = (names: readonly string[]): Record<string, (input: never, context: OperationContext) => Authorization[]> =>
  Object.fromEntries(
    names.map((name) => [
      name,
      (input: Input, context: OperationContext) => [
        { action: `iam:${name}`, resource: resourceOf(name, input, context), conditions: conditionsOf(input) },
      ],
    ]),
  );
