/** The policy on a secret itself, which the evaluation of permissions reads: Put, Get, Delete, Validate. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { keep } from "../replication.ts";
import { liveSecret, primarySecret } from "../secret.ts";

interface Statement {
  Effect?: unknown;
  Principal?: unknown;
  Condition?: unknown;
}

/** The statements of a policy document, or `undefined` when it is none. */
function statementsOf(text: string): Statement[] | undefined {
  try {
    const document = JSON.parse(text) as { Statement?: unknown } | null;
    if (typeof document !== "object" || document === null) return undefined;
    const statements = Array.isArray(document.Statement) ? (document.Statement as unknown[]) : [document.Statement];
    const whole = statements.every((each) => {
      const { Effect, Principal } = (each ?? {}) as Statement;
      return (
        (Effect === "Allow" || Effect === "Deny") && (Principal !== undefined || (each as object | null)?.hasOwnProperty("NotPrincipal"))
      );
    });
    return whole ? (statements as Statement[]) : undefined;
  } catch {
    return undefined;
  }
}

const isPublic = ({ Effect, Principal, Condition }: Statement): boolean =>
  Effect === "Allow" && Condition === undefined && (Principal === "*" || JSON.stringify(Principal) === '{"AWS":"*"}');

export const putResourcePolicy = operation("secretsmanager", "PutResourcePolicy", (input, context) => {
  const { SecretId, ResourcePolicy, BlockPublicPolicy = false } = input;
  checkConstraints("ValidationException", {
    secretId: [SecretId, { length: [1, 2048] }],
    resourcePolicy: [ResourcePolicy, { length: [1, 20_480] }],
  });
  const secret = primarySecret(context, SecretId);
  const statements = statementsOf(ResourcePolicy);
  if (!statements) throw new AwsError("MalformedPolicyDocumentException", "This resource policy contains invalid Json.");
  if (BlockPublicPolicy && statements.some(isPublic)) {
    throw new AwsError("PublicPolicyException", "You can't use BlockPublicPolicy with a policy that grants public access.");
  }
  secret.resourcePolicy = ResourcePolicy;
  keep(context, secret);
  return { ARN: secret.arn, Name: secret.name };
});

export const getResourcePolicy = operation("secretsmanager", "GetResourcePolicy", ({ SecretId }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  const secret = liveSecret(context, SecretId);
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.resourcePolicy !== undefined && { ResourcePolicy: secret.resourcePolicy }),
  };
});

export const deleteResourcePolicy = operation("secretsmanager", "DeleteResourcePolicy", ({ SecretId }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  const secret = primarySecret(context, SecretId);
  delete secret.resourcePolicy;
  keep(context, secret);
  return { ARN: secret.arn, Name: secret.name };
});

export const validateResourcePolicy = operation("secretsmanager", "ValidateResourcePolicy", ({ SecretId, ResourcePolicy }, context) => {
  checkConstraints("ValidationException", { resourcePolicy: [ResourcePolicy, { length: [1, 20_480] }] });
  if (SecretId !== undefined) liveSecret(context, SecretId);
  const statements = statementsOf(ResourcePolicy);
  if (!statements) throw new AwsError("MalformedPolicyDocumentException", "This resource policy contains invalid Json.");
  const errors = statements
    .filter(isPublic)
    .map(() => ({ CheckName: "ZELKOVA_PUBLIC_ACCESS", ErrorMessage: "The policy grants public access to the secret." }));
  return { PolicyValidationPassed: errors.length === 0, ValidationErrors: errors };
});
