/** Actions, each on the narrowest resources that AWS lets a policy name for it. Pure. */
import type { Statement } from "./statement.ts";

export interface Names {
  app: string;
  stage: string;
  /** Names that the app gives itself, by service, beside those that begin with app and stage. */
  pinned: ReadonlyMap<string, readonly string[]>;
}

/** The actions whose resources carry the app's name, because CloudFormation names them after the stack, or the compiler does. */
export function scoped({ app, stage, pinned }: Names, actions: readonly string[]): Statement[] {
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
