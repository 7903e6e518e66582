/** Key policies: the one that a key has unless told otherwise, and what AWS takes for one. */
import type { Cloud } from "../../cloud.ts";
import { conditionKeys } from "../../identity/condition-keys.ts";
import { roles, users } from "../../identity/entities.ts";
import { matches } from "../../identity/evaluate.ts";
import { parsePolicy, type Statement } from "../../identity/policy.ts";
import type { OperationContext } from "../../service.ts";
import { malformedPolicy } from "./errors.ts";

/** The only name that a key policy can have. */
export const policyName = "default";

/** As keys have it that are made without one: the account's own policies decide. */
export const defaultPolicy = (account: string): string =>
  JSON.stringify(
    {
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [
        {
          Sid: "Enable IAM User Permissions",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    },
    undefined,
    2,
  );

/** Throws where AWS would not take it; `bypass` leaves out the check that somebody can still change it. */
export function checkPolicy(
  context: Pick<OperationContext, "cloud" | "account" | "region" | "principal">,
  text: string,
  bypass: boolean,
): void {
  const statements = parsed(text);
  for (const statement of statements) checkPrincipals(context.cloud, context.account, statement);
  if (!bypass && !keepsWayIn(context, text)) {
    throw malformedPolicy("The new key policy will not allow you to update the key policy in the future.");
  }
}

function parsed(text: string): readonly Statement[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformedPolicy("The specified policy document is not valid JSON.");
  }
  const given = typeof document === "object" && document !== null && "Statement" in document ? document.Statement : undefined;
  const statements: unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  if (statements.length === 0) throw malformedPolicy("Syntax errors in policy.");
  for (const statement of statements) {
    if (typeof statement !== "object" || statement === null) throw malformedPolicy("Syntax errors in policy.");
    const { Effect, Action, NotAction, Principal, NotPrincipal, Resource, NotResource } = statement as Record<string, unknown>;
    if (Effect !== "Allow" && Effect !== "Deny") throw malformedPolicy("Syntax errors in policy.");
    if (Action === undefined && NotAction === undefined) throw malformedPolicy("Policy statement must contain actions.");
    if (Resource === undefined && NotResource === undefined) throw malformedPolicy("Policy statement must contain resources.");
    if (Principal === undefined && NotPrincipal === undefined) throw malformedPolicy("Policy contains a statement with no principal.");
  }
  return parsePolicy(text).statements;
}

/** Those of this account have to be there; of other accounts nothing can be known. */
function checkPrincipals(cloud: Cloud, account: string, { principal }: Statement): void {
  if (principal === undefined || principal === "*") return;
  for (const name of principal["AWS"] ?? []) {
    if (name === "*" || /^\d{12}$/u.test(name) || /^(?:AROA|AIDA)[A-Z0-9]+$/u.test(name)) continue;
    const found = /^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(?:(root)|(role|user|assumed-role|federated-user)\/(?:.+\/)?([^/]+))$/u.exec(name);
    const known =
      found !== null &&
      (found[2] !== undefined ||
        found[1] !== account ||
        (found[3] === "role"
          ? roles(cloud).get(found[4]!)?.arn === name
          : found[3] === "user"
            ? users(cloud).get(found[4]!)?.arn === name
            : found[3] === "federated-user" || roles(cloud).get(name.split("/")[1]!) !== undefined));
    if (!known) throw malformedPolicy("Policy contains a statement with one or more invalid principals.");
  }
  for (const name of principal["Service"] ?? []) {
    if (!/^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$|^[a-z0-9-]+\.aws\.internal$/u.test(name))
      throw malformedPolicy("Policy contains a statement with one or more invalid principals.");
  }
}

/** Whether the caller, by itself or by the account's policies, may change the policy again. Source: KMS API Reference, PutKeyPolicy. */
function keepsWayIn(context: Pick<OperationContext, "cloud" | "account" | "region" | "principal">, text: string): boolean {
  const { principal } = context;
  if (principal.kind === "service") return true;
  const asked = { action: "kms:PutKeyPolicy", resource: "*", keys: conditionKeys(context, principal) };
  const found = matches({ name: "key policy", type: "resource", policy: parsePolicy(text) }, asked, principal);
  return found.some(({ statement }) => statement.effect === "Allow") && !found.some(({ statement }) => statement.effect === "Deny");
}
