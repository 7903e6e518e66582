/** Decides whether a caller may run an operation. */
import type { ServiceId } from "../aws.ts";
import { AwsError } from "../aws-error.ts";
import type { Authorization, OperationContext, Service } from "../service.ts";
import { conditionKeys } from "./condition-keys.ts";
import { type Decision, evaluate } from "./evaluate.ts";
import { noteUse } from "./last-use.ts";
import { policyOf } from "./policy.ts";
import { policySetOf } from "./policy-set.ts";

/** The services where a policy on a resource can deny even the account's root (Amazon S3 User Guide, "Bucket policies"; AWS Backup's own vault of EFS; keys). */
const resourcesDecide: ReadonlySet<ServiceId> = new Set(["backup", "kms", "s3"]);

/** The services whose resources other services reach only where the resource's own policy says so. */
const closedToServices: ReadonlySet<ServiceId> = new Set(["kms", "lambda", "sqs"]);

/** Who one is, is told without any permission, as on AWS. */
const alwaysAllowed = new Set(["sts:GetCallerIdentity"]);

/** Any service: without the types of its operations, which hundreds of calls would have to be compared with. */
type Asked = Pick<Service, "id" | "actionPrefix"> & { readonly authorize?: object };

/** Throws AccessDenied in AWS's wording when the caller's policies do not allow the operation. */
export function authorize(service: Asked, operation: string, input: unknown, context: OperationContext): void {
  const { principal } = context;
  if (principal.kind === "service" && !principal.onlyAsAllowed && !closedToServices.has(service.id)) return;
  // What only identities' policies decide about, root may.
  if (principal.kind === "root" && !resourcesDecide.has(service.id)) return;
  const prefix = service.actionPrefix ?? service.id;
  if (principal.kind === "user") noteUse(context, principal, prefix);
  const asks = (service.authorize as Record<string, (input: unknown, context: OperationContext) => Authorization[]> | undefined)?.[
    operation
  ];
  const asked = asks ? asks(input, context) : [{ action: `${prefix}:${operation}`, resource: "*" }];
  for (const one of asked) if (!alwaysAllowed.has(one.action)) demand(service.id, context, one);
}

type Asking = Pick<OperationContext, "cloud" | "region" | "account" | "principal">;

/** Throws AccessDenied in AWS's wording when this one thing is not allowed. */
export function demand(service: ServiceId, context: Asking, asked: Authorization): void {
  const { principal } = context;
  const decision = principal.kind === "service" ? admits(context, asked) : decide(context, asked);
  if (decision.outcome !== "allowed") throw asked.denial?.() ?? accessDenied(service, principal.arn, asked, decision);
}

/** Whether the resource's policy lets a service in. Source: Amazon SQS Developer Guide, "Basic examples of Amazon SQS policies". */
function admits(context: Asking, { action, resource, conditions, lateConditions, resourcePolicy }: Authorization): Decision {
  const { principal } = context;
  const asked = { action, resource, keys: conditionKeys(context, principal, lateConditions ?? conditions) };
  const policy = resourcePolicy === undefined ? { variables: true, statements: [] } : policyOf(context.cloud, resourcePolicy);
  return evaluate({ identity: [] }, asked, { policy: { name: "resource policy", type: "resource", policy }, principal });
}

/** The decision about one thing that the caller asks for. */
export function decide(context: Asking, asked: Authorization): Decision {
  const { cloud, principal } = context;
  if (principal.kind === "service") return principal.onlyAsAllowed ? admits(context, asked) : { outcome: "allowed", matched: [] };
  if (principal.kind === "root" && asked.resourcePolicy === undefined) return { outcome: "allowed", matched: [] };
  const decision = evaluate(
    principal.kind === "root" || principal.kind === "anonymous" ? { identity: [] } : policySetOf(cloud, principal),
    { action: asked.action, resource: asked.resource, keys: conditionKeys(context, principal, asked.lateConditions ?? asked.conditions) },
    asked.resourcePolicy === undefined
      ? undefined
      : {
          policy: { name: "resource policy", type: "resource", policy: policyOf(cloud, asked.resourcePolicy) },
          principal,
          closed: asked.closed,
        },
  );
  const otherwise = (principal.kind === "root" && asked.closed !== true) || asked.listAllows === true;
  return decision.outcome === "implicitDeny" && otherwise ? { outcome: "allowed", matched: [] } : decision;
}

/** How each service calls a denial: code and HTTP status. JSON services answer 400, query and REST services 403. */
const denials: Readonly<Record<ServiceId, readonly [code: string, status: number]>> = {
  acm: ["AccessDeniedException", 400],
  "application-autoscaling": ["AccessDeniedException", 400],
  apprunner: ["AccessDeniedException", 400],
  backup: ["AccessDeniedException", 403],
  cloudformation: ["AccessDenied", 403],
  cloudfront: ["AccessDenied", 403],
  cloudwatch: ["AccessDenied", 403],
  ec2: ["UnauthorizedOperation", 403],
  ecr: ["AccessDeniedException", 400],
  ecs: ["AccessDeniedException", 400],
  efs: ["AccessDeniedException", 403],
  elasticache: ["AccessDenied", 403],
  elbv2: ["AccessDenied", 403],
  events: ["AccessDeniedException", 400],
  iam: ["AccessDenied", 403],
  kms: ["AccessDeniedException", 400],
  lambda: ["AccessDeniedException", 403],
  logs: ["AccessDeniedException", 400],
  rds: ["AccessDenied", 403],
  "rds-data": ["AccessDeniedException", 403],
  route53: ["AccessDenied", 403],
  s3: ["AccessDenied", 403],
  scheduler: ["AccessDeniedException", 403],
  secretsmanager: ["AccessDeniedException", 400],
  servicediscovery: ["AccessDeniedException", 400],
  sns: ["AuthorizationError", 403],
  sqs: ["AccessDenied", 403],
  ssm: ["AccessDeniedException", 400],
  sts: ["AccessDenied", 403],
  wafv2: ["AccessDeniedException", 400],
};

/** AWS's error for a decision that was no. */
export function accessDenied(
  service: ServiceId,
  arn: string,
  { action, resource }: Pick<Authorization, "action" | "resource">,
  decision: Exclude<Decision, { outcome: "allowed" }>,
): AwsError {
  // Who is not known is told nothing.
  if (arn === "anonymous") return new AwsError(denials[service][0], "Access Denied", denials[service][1]);
  const article = decision.by === "identity-based policy" ? "an" : "a";
  const why =
    decision.outcome === "explicitDeny"
      ? `with an explicit deny in ${article} ${decision.by}`
      : `because no ${decision.by} allows the ${action} action`;
  const shown = service === "s3" ? `"${resource}"` : resource;
  // EC2 leaves the resource out where there is no resource level, and says first what the matter is.
  const where = service === "ec2" && resource === "*" ? "" : ` on resource: ${shown}`;
  const start = service === "ec2" ? "You are not authorized to perform this operation. " : "";
  const [code, status] = denials[service];
  return new AwsError(code, `${start}User: ${arn} is not authorized to perform: ${action}${where} ${why}`, status);
}
