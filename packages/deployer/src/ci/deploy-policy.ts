/** What a pipeline may do: as much as deploying this app's templates needs, on the app's own names wherever AWS lets a policy say so. Pure. */
import type { Assembly } from "@plinth/compiler";
import { typePermissions } from "./type-permissions.ts";

export interface Statement {
  Effect: "Allow";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** What the deployer itself calls, beside what CloudFormation does in its name. */
const deployersOwn: readonly string[] = [
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

/** What the policy cannot name: types of which the permissions are not known. */
export interface DeployPolicy {
  statements: Statement[];
  unknownTypes: string[];
}

/** @param assemblies the stages that it is for. */
export function deployPolicy(app: string, assemblies: readonly Assembly[]): DeployPolicy {
  const types = new Set(
    assemblies.flatMap(({ stacks }) => stacks.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type))),
  );
  const unknownTypes = [...types].filter((type) => !Object.hasOwn(typePermissions, type)).sort();
  const images = assemblies.some((assembly) => assembly.images.length > 0) ? pushesImages : [];
  const actions = new Set([...deployersOwn, ...images, ...[...types].flatMap((type) => typePermissions[type] ?? [])]);
  return { statements: scoped(app, [...actions].sort()), unknownTypes };
}

/** The actions whose resources carry the app's name, because CloudFormation names them after the stack, or the compiler does. */
function scoped(app: string, actions: readonly string[]): Statement[] {
  const statements: Statement[] = [];
  const left = new Set(actions);
  const take = (matches: (action: string) => boolean, Resource: string[], Condition?: Statement["Condition"]) => {
    const Action = [...left].filter(matches);
    for (const action of Action) left.delete(action);
    if (Action.length > 0) statements.push({ Effect: "Allow", Action, Resource, ...(Condition && { Condition }) });
  };
  const prefix =
    (...names: string[]) =>
    (action: string) =>
      names.some((name) => action.startsWith(`${name}:`));
  const unscoped = (action: string) =>
    withoutResource.has(action) || /^(ec2|ecs|rds|elasticloadbalancing|elasticache):(Describe|List)/.test(action);
  take((action) => action === "iam:CreateServiceLinkedRole", ["arn:aws:iam::*:role/aws-service-role/*"]);
  take((action) => action === "iam:PassRole", [`arn:aws:iam::*:role/${app}-*`, `arn:aws:iam::*:role/plinth-builds-${app}-*`], {
    StringEquals: { "iam:PassedToService": passedTo },
  });
  take(prefix("iam"), [
    `arn:aws:iam::*:role/${app}-*`,
    `arn:aws:iam::*:instance-profile/${app}-*`,
    `arn:aws:iam::*:role/plinth-builds-${app}-*`,
  ]);
  take(
    (action) => prefix("cloudformation")(action) && !unscoped(action),
    [`arn:aws:cloudformation:*:*:stack/${app}-*/*`, `arn:aws:cloudformation:*:*:stack/plinth-builds-${app}/*`],
  );
  take(
    (action) => prefix("ssm")(action) && !unscoped(action),
    [`arn:aws:ssm:*:*:parameter/plinth/${app}/*`, `arn:aws:ssm:*:*:parameter/${app}/*`, "arn:aws:ssm:*:*:parameter/aws/service/*"],
  );
  // Logins and tokens have generated names: what tells them from others is the tag that the app's stacks give to all that they make.
  take((action) => action === "secretsmanager:CreateSecret", ["arn:aws:secretsmanager:*:*:secret:*"], tagged("RequestTag", app));
  take(
    (action) => prefix("secretsmanager")(action) && !unscoped(action),
    ["arn:aws:secretsmanager:*:*:secret:*"],
    tagged("ResourceTag", app),
  );
  take(
    (action) => prefix("s3")(action),
    [`arn:aws:s3:::${app}-*`, `arn:aws:s3:::${app}-*/*`, "arn:aws:s3:::plinth-*", "arn:aws:s3:::plinth-*/*"],
  );
  take((action) => prefix("ecr")(action) && !unscoped(action), [`arn:aws:ecr:*:*:repository/${app}-*`]);
  take((action) => prefix("sqs")(action), [`arn:aws:sqs:*:*:${app}-*`]);
  take((action) => prefix("sns")(action) && !unscoped(action), [`arn:aws:sns:*:*:${app}-*`]);
  take(
    (action) => prefix("ecs")(action) && !unscoped(action),
    [
      `arn:aws:ecs:*:*:cluster/${app}-*`,
      `arn:aws:ecs:*:*:service/${app}-*`,
      `arn:aws:ecs:*:*:task/${app}-*`,
      "arn:aws:ecs:*:*:task-definition/*",
    ],
  );
  take(
    (action) => prefix("rds")(action) && !unscoped(action) && !action.includes("Proxy"),
    [`arn:aws:rds:*:*:*:${app}-*`, `arn:aws:rds::*:global-cluster:${app}-*`, "arn:aws:rds:*:*:*:default*"],
  );
  take(
    (action) => prefix("cloudwatch")(action) && !action.includes(":Describe"),
    [`arn:aws:cloudwatch:*:*:alarm:${app}-*`, `arn:aws:cloudwatch::*:dashboard/${app}-*`],
  );
  take(unscoped, ["*"]);
  // What is named by an id that AWS draws (networks, load balancers, …), or by a truncated name.
  take(() => true, ["*"]);
  return statements;
}

const tagged = (of: "RequestTag" | "ResourceTag", app: string) => ({ StringEquals: { [`aws:${of}/plinth:app`]: app } });

/** Actions that take no resource (Service Authorization Reference): a policy that names one would not allow them. */
const withoutResource: ReadonlySet<string> = new Set([
  "cloudformation:DescribeStacks",
  "cloudformation:DescribeStackDriftDetectionStatus",
  "ssm:DescribeParameters",
  "secretsmanager:GetRandomPassword",
  "ecr:GetAuthorizationToken",
  "sns:Unsubscribe",
  "sns:GetSubscriptionAttributes",
  "sns:SetSubscriptionAttributes",
  "sts:GetCallerIdentity",
  "ecs:CreateCluster",
  "ecs:DeregisterTaskDefinition",
]);

const passedTo = [
  "ecs-tasks.amazonaws.com",
  "ecs.amazonaws.com",
  "ec2.amazonaws.com",
  "vpc-flow-logs.amazonaws.com",
  "rds.amazonaws.com",
  "scheduler.amazonaws.com",
  "events.amazonaws.com",
  "lambda.amazonaws.com",
  "codebuild.amazonaws.com",
  "apprunner.amazonaws.com",
  "tasks.apprunner.amazonaws.com",
  "build.apprunner.amazonaws.com",
  "backup.amazonaws.com",
  "application-autoscaling.amazonaws.com",
];

/** AWS's quota for a managed policy, in characters without white space. */
const mostCharacters = 6_144;

/** As many policies as it takes; ten can be attached to a role. */
export function policyDocuments(statements: readonly Statement[]): { Version: "2012-10-17"; Statement: Statement[] }[] {
  const documents: { Version: "2012-10-17"; Statement: Statement[] }[] = [];
  const add = (statement: Statement) => {
    const last = documents.at(-1);
    const grown = last && { ...last, Statement: [...last.Statement, statement] };
    if (grown && JSON.stringify(grown).length <= mostCharacters) documents[documents.length - 1] = grown;
    else if (JSON.stringify({ Version: "2012-10-17", Statement: [statement] }).length <= mostCharacters)
      documents.push({ Version: "2012-10-17", Statement: [statement] });
    else {
      const half = Math.ceil(statement.Action.length / 2);
      add({ ...statement, Action: statement.Action.slice(0, half) });
      add({ ...statement, Action: statement.Action.slice(half) });
    }
  };
  for (const statement of statements) add(statement);
  return documents;
}
