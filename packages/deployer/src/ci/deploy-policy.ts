/** What a pipeline may do: as much as deploying this app's templates needs, on the app's own names wherever AWS lets a policy say so. Pure. */
import type { Assembly } from "@plinth/compiler";
import { givenCertificates } from "../domains/given-certificates.ts";
import { pinnedNames } from "./pinned-names.ts";
import { scoped } from "./scoped-statements.ts";
import type { Statement } from "./statement.ts";
import { typePermissions } from "./permissions/index.ts";

/** What the deployer itself calls, beside what CloudFormation does in its name. */
const deployersOwn: readonly string[] = [
  // `recover`, and what destroy tells of what was kept.
  "cloudformation:ContinueUpdateRollback",
  "cloudformation:ListStacks",
  "cloudwatch:GetMetricStatistics",
  "ecs:StopServiceDeployment",
  "cloudformation:CreateChangeSet",
  "cloudformation:DeleteChangeSet",
  "cloudformation:DeleteStack",
  "cloudformation:DescribeChangeSet",
  "cloudformation:DescribeStackDriftDetectionStatus",
  "cloudformation:DescribeStackEvents",
  "cloudformation:DescribeStackResourceDrifts",
  "cloudformation:DescribeStackResources",
  "cloudformation:DescribeStacks",
  "cloudformation:DetectStackDrift",
  "cloudformation:ExecuteChangeSet",
  "cloudformation:GetTemplate",
  "cloudformation:ListStackResources",
  "cloudformation:TagResource",
  "cloudformation:UntagResource",
  "ssm:DeleteParameter",
  "ssm:GetParameter",
  "ssm:GetParameters",
  "ssm:GetParametersByPath",
  "ssm:PutParameter",
  "ssm:DescribeParameters",
  "sts:GetCallerIdentity",
  "s3:CreateBucket",
  "s3:GetObject",
  "s3:ListBucket",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutLifecycleConfiguration",
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:ListBucketVersions",
  "ec2:DescribeAvailabilityZones",
  "ec2:DescribeManagedPrefixLists",
  "ec2:DescribeNetworkInterfaces",
  "ecs:DescribeServices",
  "ecs:DescribeTaskDefinition",
  "ecs:DescribeTasks",
  "ecs:ListServices",
  "ecs:ListTaskDefinitions",
  "ecs:ListTasks",
  "ecs:RunTask",
  "ecs:StopTask",
  "ecs:UpdateService",
  "logs:FilterLogEvents",
  "logs:GetLogEvents",
  // What destroy tells of last copies, also of those that somebody made by hand.
  "rds:DescribeDBClusterSnapshots",
  "rds:DescribeDBSnapshots",
  "iam:CreateServiceLinkedRole",
  "iam:PassRole",
];

/** Only where the app has images. */
const pushesImages: readonly string[] = [
  "ecr:GetAuthorizationToken",
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:CompleteLayerUpload",
  "ecr:DescribeImages",
  "ecr:GetDownloadUrlForLayer",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];

/** Only where RDS makes a log group by itself. */
const keepsServerLogs: readonly string[] = [
  "logs:AssociateKmsKey",
  "logs:CreateLogGroup",
  "logs:DescribeLogGroups",
  "logs:DisassociateKmsKey",
  "logs:PutRetentionPolicy",
];

/** Only where a domain is served: its zone is looked up, compared with its registrar's name servers, and made where the app says so. */
const looksAtZones: readonly string[] = [
  "route53:ChangeResourceRecordSets",
  "route53:CreateHostedZone",
  "route53:GetHostedZone",
  "route53:ListHostedZonesByName",
  "route53:ListResourceRecordSets",
  "acm:DescribeCertificate",
];

/** What the policy cannot name: types of which the permissions are not known. */
export interface DeployPolicy {
  statements: Statement[];
  unknownTypes: string[];
}

/**
 * @param stage the stage's name; `pr-*` for all that begin so.
 * @param assemblies what is deployed there.
 */
export function deployPolicy(app: string, stage: string, assemblies: readonly Assembly[]): DeployPolicy {
  const types = new Set(
    assemblies.flatMap(({ stacks }) => stacks.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type))),
  );
  const unknownTypes = [...types].filter((type) => !Object.hasOwn(typePermissions, type)).sort();
  const images = assemblies.some((assembly) => assembly.images.length > 0) ? pushesImages : [];
  const named = assemblies.some(({ stacks }) =>
    stacks.some(({ parameters }) => Object.values(parameters).some(({ from }) => from === "hosted-zone")),
  );
  const actions = new Set([
    ...deployersOwn,
    ...images,
    ...(named ? looksAtZones : []),
    ...(assemblies.some((assembly) => givenCertificates(assembly).length > 0) ? ["acm:DescribeCertificate"] : []),
    ...(assemblies.some(({ serverLogs }) => serverLogs.length > 0) ? keepsServerLogs : []),
    ...[...types].flatMap((type) => typePermissions[type] ?? []),
  ]);
  return { statements: scoped({ app, stage, pinned: pinnedNames(stage, assemblies) }, [...actions].sort()), unknownTypes };
}
