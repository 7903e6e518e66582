/** What a pipeline may do: as much as deploying this app's templates needs, on the app's own names wherever AWS lets a policy say so. Pure. */
import type { Assembly } from "@plinth/compiler";
import { typePermissions } from "./type-permissions.ts";

export interface Statement {
  Effect: "Allow" | "Deny";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

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
    ...(assemblies.some(({ serverLogs }) => serverLogs.length > 0) ? keepsServerLogs : []),
    ...[...types].flatMap((type) => typePermissions[type] ?? []),
  ]);
  return { statements: scoped({ app, stage, pinned: pinnedNames(stage, assemblies) }, [...actions].sort()), unknownTypes };
}

interface Names {
  app: string;
  stage: string;
  /** Names that the app gives itself, by service, beside those that begin with app and stage. */
  pinned: ReadonlyMap<string, readonly string[]>;
}

/** The properties with which an app says what AWS calls a thing. */
const namingProperties: readonly [service: string, pattern: RegExp, property: string][] = [
  ["ecr", /^AWS::ECR::Repository$/, "RepositoryName"],
  ["ecs", /^AWS::ECS::Cluster$/, "ClusterName"],
  ["ecs", /^AWS::ECS::TaskDefinition$/, "Family"],
  ["iam", /^AWS::IAM::Role$/, "RoleName"],
  ["logs", /^AWS::Logs::LogGroup$/, "LogGroupName"],
  ["rds", /^AWS::RDS::/, "DBInstanceIdentifier"],
  ["rds", /^AWS::RDS::/, "DBClusterIdentifier"],
  ["s3", /^AWS::S3::Bucket$/, "BucketName"],
  ["sns", /^AWS::SNS::Topic$/, "TopicName"],
  ["sqs", /^AWS::SQS::Queue$/, "QueueName"],
];

function pinnedNames(pattern: string, assemblies: readonly Assembly[]): Map<string, string[]> {
  const pinned = new Map<string, string[]>();
  for (const { stage, stacks, secrets } of assemblies) {
    const note = (service: string, name: unknown) => {
      if (typeof name === "string") pinned.set(service, [...(pinned.get(service) ?? []), name.replaceAll(stage, pattern)]);
    };
    for (const { store, id } of secrets) note(store === "parameter-store" ? "ssm" : "secretsmanager", id.replace(/^\//, ""));
    for (const { Type, Properties } of stacks.flatMap(({ template }) => Object.values(template.Resources)))
      for (const [service, pattern, property] of namingProperties) if (pattern.test(Type)) note(service, Properties?.[property]);
  }
  return pinned;
}

/** The actions whose resources carry the app's name, because CloudFormation names them after the stack, or the compiler does. */
function scoped({ app, stage, pinned }: Names, actions: readonly string[]): Statement[] {
  const stem = `${app}-${stage}`;
  /** By the stack's name, by just app and stage (clusters, common repositories), and those that the app has named itself. */
  const named = (service: string, arn: string, ...more: string[]) => {
    const own = (pinned.get(service) ?? []).filter((name) => !name.startsWith(`${stem}-`) && name !== stem);
    const all = [`${stem}-*`, stem, ...new Set(own)].map((name) => `${arn}${name}`);
    return [...all, ...more.flatMap((end) => [stem, ...new Set(own)].map((name) => `${arn}${name}${end}`))];
  };
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
    logsWithoutResource.test(action) ||
    withoutResource.has(action) ||
    /^(ec2|ecs|rds|elasticloadbalancing|elasticache):(Describe|List)/.test(action);
  take((action) => action === "iam:CreateServiceLinkedRole", ["arn:aws:iam::*:role/aws-service-role/*"]);
  take((action) => action === "iam:PassRole", named("iam", "arn:aws:iam::*:role/"), {
    StringEquals: { "iam:PassedToService": passedTo },
  });
  take(prefix("iam"), [
    ...named("iam", "arn:aws:iam::*:role/"),
    `arn:aws:iam::*:instance-profile/${stem}-*`,
    `arn:aws:iam::*:policy/${stem}-*`,
  ]);
  take((action) => prefix("cloudformation")(action) && !unscoped(action), [`arn:aws:cloudformation:*:*:stack/${stem}-*/*`]);
  take(
    (action) => prefix("ssm")(action) && !unscoped(action),
    [
      `arn:aws:ssm:*:*:parameter/plinth/${app}/${stage}/*`,
      `arn:aws:ssm:*:*:parameter/plinth/${app}`,
      `arn:aws:ssm:*:*:parameter/plinth/${app}/`,
      `arn:aws:ssm:*:*:parameter/${app}/${stage}/*`,
      ...(pinned.get("ssm") ?? []).filter((id) => !id.startsWith(`${app}/${stage}/`)).map((id) => `arn:aws:ssm:*:*:parameter/${id}`),
      "arn:aws:ssm:*:*:parameter/aws/service/*",
    ],
  );
  // Logins and tokens have generated names: what tells them from others is the tag that the app's stacks give to all that they make.
  take((action) => action === "secretsmanager:CreateSecret", ["arn:aws:secretsmanager:*:*:secret:*"], tagged("RequestTag", app, stage));
  take(
    (action) => prefix("secretsmanager")(action) && !unscoped(action),
    ["arn:aws:secretsmanager:*:*:secret:*"],
    tagged("ResourceTag", app, stage),
  );
  // One that is not made yet has no tags by which it could be told: its name is what there is.
  if (actions.includes("secretsmanager:DescribeSecret")) {
    const names = [
      `${app}/${stage}/*`,
      ...(pinned.get("secretsmanager") ?? []).filter((id) => !id.startsWith(`${app}/${stage}/`)).map((id) => `${id}*`),
    ];
    const Resource = names.map((name) => `arn:aws:secretsmanager:*:*:secret:${name}`);
    statements.push({ Effect: "Allow", Action: ["secretsmanager:DescribeSecret"], Resource });
  }
  // Keys have ids, so they are told apart by the same tag; an alias has a name, and is given to a key.
  const aliases = [...left].filter((action) => /^kms:(Create|Update|Delete)Alias$/.test(action));
  if (aliases.length > 0) statements.push({ Effect: "Allow", Action: aliases, Resource: [`arn:aws:kms:*:*:alias/${stem}`] });
  if (left.delete("kms:CreateKey")) {
    // A key that is made with tags is tagged before it has an id.
    const Action = ["kms:CreateKey", "kms:TagResource"];
    statements.push({ Effect: "Allow", Action, Resource: ["*"], Condition: tagged("RequestTag", app, stage) });
  }
  take((action) => prefix("kms")(action) && !unscoped(action), ["arn:aws:kms:*:*:key/*"], tagged("ResourceTag", app, stage));
  take(
    (action) => prefix("s3")(action),
    [...named("s3", "arn:aws:s3:::", "/*"), `arn:aws:s3:::${stem}-*/*`, "arn:aws:s3:::plinth-*", "arn:aws:s3:::plinth-*/*"],
  );
  take((action) => prefix("ecr")(action) && !unscoped(action), named("ecr", "arn:aws:ecr:*:*:repository/", "/*"));
  take((action) => prefix("sqs")(action), named("sqs", "arn:aws:sqs:*:*:"));
  take((action) => prefix("sns")(action) && !unscoped(action), named("sns", "arn:aws:sns:*:*:"));
  take(
    (action) => prefix("ecs")(action) && !unscoped(action),
    [
      ...["cluster", "service", "service-deployment", "task"].flatMap((kind) =>
        named("ecs", `arn:aws:ecs:*:*:${kind}/`, ...(kind === "cluster" ? [] : ["/*"])),
      ),
      ...named("ecs", "arn:aws:ecs:*:*:task-definition/", ":*"),
    ],
  );
  take(
    (action) => prefix("rds")(action) && !unscoped(action) && !action.includes("Proxy"),
    [...named("rds", "arn:aws:rds:*:*:*:"), `arn:aws:rds::*:global-cluster:${stem}-*`, "arn:aws:rds:*:*:*:default*"],
  );
  take(
    (action) => prefix("cloudwatch")(action) && !action.includes(":Describe") && !unscoped(action),
    [`arn:aws:cloudwatch:*:*:alarm:${stem}-*`, `arn:aws:cloudwatch::*:dashboard/${stem}`, `arn:aws:cloudwatch::*:dashboard/${stem}-*`],
  );
  const groups = [
    ...["/ecs/STEM/", "/aws/lambda/STEM-", "/aws/rds/cluster/STEM-", "/aws/rds/instance/STEM-"].map(
      (name) => `${name.replace("STEM", stem)}*`,
    ),
    ...new Set((pinned.get("logs") ?? []).filter((name) => !name.startsWith(`/ecs/${stem}/`)).flatMap((name) => [name, `${name}:*`])),
  ];
  take(
    (action) => prefix("logs")(action) && !unscoped(action),
    groups.map((name) => `arn:aws:logs:*:*:log-group:${name}`),
  );
  take((action) => unscoped(action) || /:(Describe|List|Get|BatchGet|BatchCheck)/.test(action), ["*"]);
  // What is named by an id that AWS draws (networks, load balancers, …), or by a truncated name. Where AWS knows its tags they must not be another's.
  take(() => true, ["*"], notOfOthers(app, stage));
  return statements;
}

/** Holds for what has these tags, and for what has none: what is being made, and what AWS tells no tags of. */
const notOfOthers = (app: string, stage: string) => ({
  StringEqualsIfExists: { "aws:ResourceTag/plinth:app": app },
  StringLikeIfExists: { "aws:ResourceTag/plinth:stage": stage },
});

const tagged = (of: "RequestTag" | "ResourceTag", app: string, stage: string) => ({
  StringEquals: { [`aws:${of}/plinth:app`]: app },
  StringLike: { [`aws:${of}/plinth:stage`]: stage },
});

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

/** They take none, or all groups of the region. */
const logsWithoutResource = /^logs:(?:\w+LogDelivery|\w+ResourcePolic(?:y|ies)|DescribeLogGroups|DescribeIndexPolicies)$/;

/** Actions that take no resource (Service Authorization Reference): a policy that names one would not allow them. */
const withoutResource: ReadonlySet<string> = new Set([
  "cloudformation:DescribeStacks",
  "cloudformation:DescribeStackDriftDetectionStatus",
  "cloudformation:ListStacks",
  "cloudwatch:GetMetricStatistics",
  "ssm:DescribeParameters",
  "secretsmanager:GetRandomPassword",
  "ecr:GetAuthorizationToken",
  "kms:ListAliases",
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
  "monitoring.rds.amazonaws.com",
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
