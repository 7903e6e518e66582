/** What holds policies, roles, users and groups alike, so that inline and attached policies need no three versions. */
import { AwsError } from "../../aws-error.ts";
import type { OperationContext } from "../../service.ts";
import { type Entities, groups, type PolicyHolder, roles, users } from "../../identity/entities.ts";
import { limitExceeded, noSuchEntity, noSuchGroup, noSuchRole, noSuchUser, validationError } from "./errors.ts";
import { findPolicy } from "./described.ts";
import * as names from "./names.ts";
import { page, type PageRequest } from "./pages.ts";
import { checkIdentityPolicy } from "./policy-document.ts";

const kinds = {
  role: { entities: roles, missing: noSuchRole, mostCharacters: 10_240 },
  user: { entities: users, missing: noSuchUser, mostCharacters: 2048 },
  group: { entities: groups, missing: noSuchGroup, mostCharacters: 5120 },
} as const;

export type HolderKind = keyof typeof kinds;

/** Managed policies that one may hold; AWS's quota of 10 as an account may have it raised to. */
const mostAttached = 20;

function holder(context: OperationContext, kind: HolderKind, name: string) {
  const entities = kinds[kind].entities(context.cloud) as unknown as Entities<PolicyHolder>;
  const found = entities.get(name);
  if (!found) throw kinds[kind].missing(name);
  return { found, put: (value: PolicyHolder) => entities.put(value) };
}

export function putInline(context: OperationContext, kind: HolderKind, name: string, policyName: string, document: string): void {
  names.check({ policyName: [policyName, names.policyName], policyDocument: [document, names.document] });
  const { found, put } = holder(context, kind, name);
  checkIdentityPolicy(document);
  const inline = { ...found.inline, [policyName]: document };
  const characters = Object.values(inline).join("").replaceAll(/\s/g, "").length;
  const { mostCharacters } = kinds[kind];
  if (characters > mostCharacters) throw limitExceeded(`Maximum policy size of ${mostCharacters} bytes exceeded for ${kind} ${name}`);
  put({ ...found, inline });
}

const noInline = (kind: HolderKind, policyName: string) => noSuchEntity(`The ${kind} policy with name ${policyName} cannot be found.`);

export function getInline(context: OperationContext, kind: HolderKind, name: string, policyName: string): string {
  const document = holder(context, kind, name).found.inline[policyName];
  if (document === undefined) throw noInline(kind, policyName);
  return document;
}

export function deleteInline(context: OperationContext, kind: HolderKind, name: string, policyName: string): void {
  const { found, put } = holder(context, kind, name);
  const { [policyName]: gone, ...inline } = found.inline;
  if (gone === undefined) throw noInline(kind, policyName);
  put({ ...found, inline });
}

export function listInline(context: OperationContext, kind: HolderKind, name: string, request: PageRequest) {
  const { found } = holder(context, kind, name);
  const { items, rest } = page(Object.keys(found.inline), request, `inline ${kind} ${name}`, (policyName) => policyName);
  return { PolicyNames: items, ...rest };
}

export function attach(context: OperationContext, kind: HolderKind, name: string, arn: string): void {
  names.check({ policyArn: [arn, names.arn] });
  const { found, put } = holder(context, kind, name);
  if (!arn.startsWith("arn:")) throw validationError(`ARN ${arn} is not valid.`);
  if (!findPolicy(context.cloud, arn)) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  if (arn.startsWith("arn:aws:iam::aws:policy/aws-service-role/"))
    throw new AwsError(
      "PolicyNotAttachable",
      `Cannot attach a Service Role Policy to a Customer ${kind[0]!.toUpperCase()}${kind.slice(1)}.`,
    );
  if (found.attached.includes(arn)) return;
  if (found.attached.length >= mostAttached)
    throw limitExceeded(`Cannot exceed quota for PoliciesPer${kind[0]!.toUpperCase()}${kind.slice(1)}: ${mostAttached}`);
  put({ ...found, attached: [...found.attached, arn] });
}

export function detach(context: OperationContext, kind: HolderKind, name: string, arn: string): void {
  names.check({ policyArn: [arn, names.arn] });
  const { found, put } = holder(context, kind, name);
  if (!found.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
  put({ ...found, attached: found.attached.filter((one) => one !== arn) });
}

export function listAttached(
  context: OperationContext,
  kind: HolderKind,
  name: string,
  request: PageRequest & { PathPrefix?: string | undefined },
) {
  names.check({ pathPrefix: [request.PathPrefix, names.pathPrefix] });
  const { found } = holder(context, kind, name);
  const policies = found.attached
    .map((arn) => findPolicy(context.cloud, arn))
    .filter((policy) => policy !== undefined)
    .filter(({ path }) => path.startsWith(request.PathPrefix ?? "/"));
  const { items, rest } = page(policies, request, `attached ${kind} ${name}`, (policy) => policy.name);
  return { AttachedPolicies: items.map((policy) => ({ PolicyName: policy.name, PolicyArn: policy.arn })), ...rest };
}
