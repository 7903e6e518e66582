/** What the role that plans may do, of what the one that deploys may. Pure. */
import type { Statement } from "./statement.ts";

/**
 * What a plan needs of it: to look, and at no secret. Whoever may read a parameter may ask for it decrypted, and the key that AWS keeps for
 * parameters lets everybody of the account do so; that they are denied decrypting is what keeps them from it.
 */
export function readOnly(statements: readonly Statement[]): Statement[] {
  const looks = (action: string) =>
    /:(Describe|List|Get|BatchGet|BatchCheck)/.test(action) &&
    !/secretsmanager:GetSecretValue|secretsmanager:GetRandomPassword|s3:GetObject$|:GetAuthorizationToken|:GetDownloadUrl|logs:Get/.test(
      action,
    );
  return [
    ...statements.map((one) => ({ ...one, Action: one.Action.filter(looks) })).filter(({ Action }) => Action.length > 0),
    { Effect: "Deny", Action: ["kms:Decrypt", "secretsmanager:GetSecretValue"], Resource: ["*"] },
  ];
}
