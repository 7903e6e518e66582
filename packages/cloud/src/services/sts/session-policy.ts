/** The policies that limit a role's session: an inline one and managed ones, together as one document. */
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { OperationContext } from "../../service.ts";

/** Session policies allow what any of them allows, so their statements can stand in one document. */
export async function sessionPolicyOf(
  { cloud, account, region }: OperationContext,
  inline: string | undefined,
  managed: readonly { arn?: string | undefined }[] = [],
): Promise<string | undefined> {
  if (inline === undefined && managed.length === 0) return undefined;
  const statements = inline === undefined ? [] : statementsOf(inline);
  if (managed.length === 0) return inline;
  const call = cloud.as(servicePrincipal(account, "sts.amazonaws.com"), region);
  for (const { arn: PolicyArn = "" } of managed) {
    const { Policy } = await call("iam", "GetPolicy", { PolicyArn });
    const { PolicyVersion } = await call("iam", "GetPolicyVersion", { PolicyArn, VersionId: Policy!.DefaultVersionId! });
    statements.push(...statementsOf(decodeURIComponent(PolicyVersion!.Document!)));
  }
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

function statementsOf(document: string): unknown[] {
  try {
    const { Statement } = JSON.parse(document) as { Statement?: unknown };
    if (Statement !== undefined && Statement !== null) return Array.isArray(Statement) ? (Statement as unknown[]) : [Statement];
  } catch {
    // said below
  }
  throw new AwsError("MalformedPolicyDocument", "The policy is not in the valid JSON format.");
}
