/** Hana in production, as a team that works with AWS CDK writes it: nine stacks, level-two constructs, defaults where they do. */
import { App, CfnOutput, Duration, RemovalPolicy, Stack, Tags } from "aws-cdk-lib";
import * as autoscaling from "aws-cdk-lib/aws-applicationautoscaling";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecr from "aws-cdk-lib/aws-ecr";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as elasticache from "aws-cdk-lib/aws-elasticache";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as logs from "aws-cdk-lib/aws-logs";
import * as rds from "aws-cdk-lib/aws-rds";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import * as sns from "aws-cdk-lib/aws-sns";
import * as subscriptions from "aws-cdk-lib/aws-sns-subscriptions";
import * as sqs from "aws-cdk-lib/aws-sqs";
import * as wafv2 from "aws-cdk-lib/aws-wafv2";

const app = new App();
const stack = (name: string) => new Stack(app, `hana-prod-${name}`, { terminationProtection: true });

// Network: subnets, endpoints, the cluster, and every security group, so that no two stacks wait for each other.
const network = stack("network");
const vpc = new ec2.Vpc(network, "Vpc", {
  ipAddresses: ec2.IpAddresses.cidr("10.0.0.0/16"),
  maxAzs: 2,
  natGateways: 2,
  subnetConfiguration: [
    { name: "public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 },
    { name: "private", subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
    { name: "database", subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
  ],
  gatewayEndpoints: { s3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
  restrictDefaultSecurityGroup: false,
});
for (const [id, service] of Object.entries({
  EcrApi: ec2.InterfaceVpcEndpointAwsService.ECR,
  EcrDkr: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Secrets: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
})) {
  vpc.addInterfaceEndpoint(id, { service, subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS } });
}
const group = (id: string, description: string) => new ec2.SecurityGroup(network, id, { vpc, description, allowAllOutbound: false });
const entryGroup = group("EntryGroup", "load balancer");
const apiGroup = group("ApiGroup", "api");
const wsGroup = group("WsGroup", "ws");
const workersGroup = group("WorkersGroup", "workers");
const databaseGroup = group("DatabaseGroup", "database");
const cacheGroup = group("CacheGroup", "cache");
entryGroup.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(80));
entryGroup.connections.allowTo(apiGroup, ec2.Port.tcp(3000));
entryGroup.connections.allowTo(wsGroup, ec2.Port.tcp(3001));
for (const program of [apiGroup, wsGroup, workersGroup]) {
  program.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443));
  program.connections.allowTo(databaseGroup, ec2.Port.tcp(5432));
  program.connections.allowTo(cacheGroup, ec2.Port.tcp(6379));
}
const cluster = new ecs.Cluster(network, "Cluster", {
  vpc,
  containerInsightsV2: ecs.ContainerInsights.ENABLED,
  enableFargateCapacityProviders: true,
});

// Storage
const storage = stack("storage");
const repository = new ecr.Repository(storage, "Server", {
  imageScanOnPush: true,
  lifecycleRules: [{ maxImageCount: 50 }],
});
const bucket = (id: string, props: s3.BucketProps = {}) =>
  new s3.Bucket(storage, id, {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...props,
  });
const media = bucket("Media", {
  lifecycleRules: [{ transitions: [{ storageClass: s3.StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(0) }] }],
});
const logBucket = bucket("Logs", { lifecycleRules: [{ expiration: Duration.days(90) }] });
const backups = bucket("Backups");
const logGroup = (name: string) =>
  new logs.LogGroup(storage, `${name}LogGroup`, {
    logGroupName: `/ecs/hana-prod/${name}`,
    retention: logs.RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.RETAIN,
  });

// Secrets
const secrets = stack("secrets");
const apiKey = (id: string, secretName: string) =>
  new secretsmanager.Secret(secrets, id, {
    secretName: `hana/prod/${secretName}`,
    generateSecretString: { secretStringTemplate: "{}", generateStringKey: "api_key" },
  });
const anthropicApiKey = apiKey("AnthropicApiKey", "anthropic-api-key");
const openaiApiKey = apiKey("OpenaiApiKey", "openai-api-key");
const elevenlabsApiKey = apiKey("ElevenlabsApiKey", "elevenlabs-api-key");
const redisToken = new secretsmanager.Secret(secrets, "RedisToken", {
  generateSecretString: { secretStringTemplate: "{}", generateStringKey: "token", passwordLength: 64, excludePunctuation: true },
});

// Messaging
const messaging = stack("messaging");
const queue = (id: string, fifo: boolean) =>
  new sqs.Queue(messaging, id, {
    ...(fifo && { fifo: true, contentBasedDeduplication: true }),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    visibilityTimeout: Duration.minutes(5),
    deadLetterQueue: {
      maxReceiveCount: 3,
      queue: new sqs.Queue(messaging, `${id}DeadLetters`, {
        ...(fifo && { fifo: true }),
        encryption: sqs.QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        retentionPeriod: Duration.days(14),
      }),
    },
  });
const agentRuns = queue("AgentRuns", true);
const notifications = queue("Notifications", false);
const alerts = new sns.Topic(messaging, "Alerts", { enforceSSL: true });
alerts.addSubscription(new subscriptions.EmailSubscription("ops@example.com"));

// Database
const data = stack("database");
const database = new rds.DatabaseInstance(data, "Database", {
  engine: rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_16 }),
  instanceType: ec2.InstanceType.of(ec2.InstanceClass.R6G, ec2.InstanceSize.LARGE),
  databaseName: "hana",
  credentials: rds.Credentials.fromGeneratedSecret("plinth"),
  vpc,
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  securityGroups: [databaseGroup],
  multiAz: true,
  allocatedStorage: 100,
  storageType: rds.StorageType.GP3,
  storageEncrypted: true,
  backupRetention: Duration.days(14),
  deletionProtection: true,
  cloudwatchLogsExports: ["postgresql"],
  removalPolicy: RemovalPolicy.SNAPSHOT,
  parameters: { "rds.force_ssl": "1" },
});
const cacheSubnets = new elasticache.CfnSubnetGroup(data, "CacheSubnets", {
  description: "cache",
  subnetIds: vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_ISOLATED }).subnetIds,
});
const cache = new elasticache.CfnReplicationGroup(data, "Cache", {
  replicationGroupDescription: "hana",
  engine: "redis",
  engineVersion: "7.1",
  cacheNodeType: "cache.r6g.large",
  numCacheClusters: 2,
  automaticFailoverEnabled: true,
  multiAzEnabled: true,
  atRestEncryptionEnabled: true,
  transitEncryptionEnabled: true,
  transitEncryptionMode: "required",
  authToken: redisToken.secretValueFromJson("token").unsafeUnwrap(),
  cacheSubnetGroupName: cacheSubnets.ref,
  securityGroupIds: [cacheGroup.securityGroupId],
  snapshotRetentionLimit: 7,
});

// Roles of the programs, each with what it needs.
const roles = stack("iam");
const role = (id: string) => new iam.Role(roles, id, { assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com") });
const executionRole = role("ExecutionRole");
executionRole.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName("service-role/AmazonECSTaskExecutionRolePolicy"));
const allow = (to: iam.Role, grants: readonly [string[], string[]][]) => {
  for (const [Action, resources] of grants) to.addToPolicy(new iam.PolicyStatement({ actions: Action, resources }));
};
const readWrite = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];
const send = ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"];
const consume = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"];
const mediaArns = [media.bucketArn, media.arnForObjects("*")];
const apiRole = role("ApiRole");
allow(apiRole, [
  [readWrite, mediaArns],
  [send, [agentRuns.queueArn, notifications.queueArn]],
]);
const wsRole = role("WsRole");
allow(wsRole, [[readWrite, mediaArns]]);
const workersRole = role("WorkersRole");
allow(workersRole, [
  [readWrite, mediaArns],
  [consume, [agentRuns.queueArn, notifications.queueArn]],
  [["s3:PutObject"], [backups.arnForObjects("*"), logBucket.arnForObjects("*")]],
]);
allow(executionRole, [
  [
    ["secretsmanager:GetSecretValue"],
    [anthropicApiKey, openaiApiKey, elevenlabsApiKey, redisToken, database.secret!].map(({ secretArn }) => secretArn),
  ],
]);

// Firewall
const waf = stack("waf");
const visibility = (metricName: string) => ({ cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName });
const managed = (priority: number, name: string): wafv2.CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  statement: { managedRuleGroupStatement: { vendorName: "AWS", name } },
  visibilityConfig: visibility(name),
});
const webAcl = new wafv2.CfnWebACL(waf, "WebAcl", {
  scope: "REGIONAL",
  defaultAction: { allow: {} },
  visibilityConfig: visibility("hana-prod"),
  rules: [
    {
      name: "rate-limit",
      priority: 0,
      action: { block: {} },
      statement: { rateBasedStatement: { limit: 2000, aggregateKeyType: "IP", evaluationWindowSec: 300 } },
      visibilityConfig: visibility("rate-limit"),
    },
    managed(1, "AWSManagedRulesCommonRuleSet"),
    managed(2, "AWSManagedRulesSQLiRuleSet"),
    managed(3, "AWSManagedRulesKnownBadInputsRuleSet"),
  ],
});

// Compute
const compute = stack("compute");
interface Program {
  command: string;
  port?: number;
  taskRole: iam.IRole;
  securityGroup: ec2.ISecurityGroup;
  environment?: Record<string, string>;
}
function program(id: string, { command, port, taskRole, securityGroup, environment }: Program): ecs.FargateService {
  const taskDefinition = new ecs.FargateTaskDefinition(compute, `${id}Task`, { cpu: 1024, memoryLimitMiB: 2048, executionRole, taskRole });
  taskDefinition.addContainer(id, {
    image: ecs.ContainerImage.fromEcrRepository(ecr.Repository.fromRepositoryAttributes(compute, `${id}Repository`, repository), "latest"),
    command: ["node", command],
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: "ecs", logGroup: logGroup(id.toLowerCase()) }),
    ...(port !== undefined && {
      portMappings: [{ containerPort: port }],
      healthCheck: { command: ["CMD-SHELL", `wget -q -O /dev/null http://127.0.0.1:${port}/health || exit 1`] },
    }),
    environment: {
      MEDIA_BUCKET: media.bucketName,
      REDIS_HOST: cache.attrPrimaryEndPointAddress,
      DATABASE_HOST: database.dbInstanceEndpointAddress,
      ...environment,
    },
    secrets: {
      DATABASE_USER: ecs.Secret.fromSecretsManager(imported("DatabaseSecret", database.secret!), "username"),
      DATABASE_PASSWORD: ecs.Secret.fromSecretsManager(imported("DatabaseSecret", database.secret!), "password"),
      REDIS_TOKEN: ecs.Secret.fromSecretsManager(imported("RedisToken", redisToken), "token"),
      ANTHROPIC_API_KEY: ecs.Secret.fromSecretsManager(imported("AnthropicApiKey", anthropicApiKey), "api_key"),
      OPENAI_API_KEY: ecs.Secret.fromSecretsManager(imported("OpenaiApiKey", openaiApiKey), "api_key"),
      ELEVENLABS_API_KEY: ecs.Secret.fromSecretsManager(imported("ElevenlabsApiKey", elevenlabsApiKey), "api_key"),
    },
    linuxParameters: new ecs.LinuxParameters(compute, `${id}Linux`, { initProcessEnabled: true }),
  });
  return new ecs.FargateService(compute, `${id}Service`, {
    cluster,
    taskDefinition,
    securityGroups: [securityGroup],
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    circuitBreaker: { rollback: true },
    minHealthyPercent: 100,
    enableExecuteCommand: true,
    propagateTags: ecs.PropagatedTagSource.SERVICE,
  });
}
/** By ARN: granting on the secret itself would tie the stack of the secrets to that of the programs, and back. */
function imported(id: string, { secretArn }: secretsmanager.ISecret): secretsmanager.ISecret {
  return (
    (compute.node.tryFindChild(id) as secretsmanager.ISecret | undefined) ??
    secretsmanager.Secret.fromSecretAttributes(compute, id, { secretCompleteArn: secretArn })
  );
}
const sends = { RUNS_QUEUE_URL: agentRuns.queueUrl, NOTIFICATIONS_QUEUE_URL: notifications.queueUrl };
const api = program("Api", { command: "api.js", port: 3000, taskRole: apiRole, securityGroup: apiGroup, environment: sends });
const ws = program("Ws", { command: "ws.js", port: 3001, taskRole: wsRole, securityGroup: wsGroup });
const workers = program("Workers", {
  command: "worker.js",
  taskRole: workersRole,
  securityGroup: workersGroup,
  environment: { ...sends, BACKUPS_BUCKET: backups.bucketName, LOGS_BUCKET: logBucket.bucketName },
});
const scalings = [api, ws, workers].map((service) => service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 4 }));
for (const scaling of scalings)
  scaling.scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: 70, scaleOutCooldown: Duration.seconds(60) });
// Level two takes no metric math for target tracking.
new autoscaling.CfnScalingPolicy(compute, "WorkersBacklog", {
  policyName: "hana-prod-workers-backlog",
  policyType: "TargetTrackingScaling",
  serviceNamespace: "ecs",
  scalableDimension: "ecs:service:DesiredCount",
  resourceId: `service/${cluster.clusterName}/${workers.serviceName}`,
  targetTrackingScalingPolicyConfiguration: {
    targetValue: 10,
    scaleInCooldown: 300,
    scaleOutCooldown: 60,
    customizedMetricSpecification: {
      metrics: [
        {
          id: "visible",
          returnData: false,
          metricStat: {
            stat: "Average",
            metric: {
              namespace: "AWS/SQS",
              metricName: "ApproximateNumberOfMessagesVisible",
              dimensions: [{ name: "QueueName", value: agentRuns.queueName }],
            },
          },
        },
        {
          id: "running",
          returnData: false,
          metricStat: {
            stat: "Average",
            metric: {
              namespace: "ECS/ContainerInsights",
              metricName: "RunningTaskCount",
              dimensions: [
                { name: "ClusterName", value: cluster.clusterName },
                { name: "ServiceName", value: workers.serviceName },
              ],
            },
          },
        },
        { id: "backlog", expression: "visible / FILL(running, 1)", returnData: true },
      ],
    },
  },
}).node.addDependency(scalings[2]!);
const balancer = new elb.ApplicationLoadBalancer(compute, "Entry", {
  vpc,
  internetFacing: true,
  securityGroup: entryGroup,
  deletionProtection: true,
});
const listener = balancer.addListener("Http", { port: 80, open: false, defaultAction: elb.ListenerAction.fixedResponse(404) });
const targets = (id: string, service: ecs.FargateService, port: number, sticky: boolean) =>
  new elb.ApplicationTargetGroup(compute, id, {
    vpc,
    port,
    protocol: elb.ApplicationProtocol.HTTP,
    targets: [service],
    healthCheck: { path: "/health" },
    deregistrationDelay: Duration.seconds(30),
    ...(sticky && { stickinessCookieDuration: Duration.days(1) }),
  });
const apiTargets = targets("ApiTargets", api, 3000, false);
const wsTargets = targets("WsTargets", ws, 3001, true);
listener.addTargetGroups("Api", {
  priority: 10,
  conditions: [elb.ListenerCondition.pathPatterns(["/api/*", "/health", "/v1/*"])],
  targetGroups: [apiTargets],
});
listener.addTargetGroups("Ws", {
  priority: 20,
  conditions: [elb.ListenerCondition.pathPatterns(["/ws/*", "/socket.io/*"])],
  targetGroups: [wsTargets],
});
new wafv2.CfnWebACLAssociation(compute, "Firewall", { resourceArn: balancer.loadBalancerArn, webAclArn: webAcl.attrArn });
new CfnOutput(compute, "Url", { value: `http://${balancer.loadBalancerDnsName}` });

// Observability
const observability = stack("observability");
const action = new actions.SnsAction(alerts);
function alarm(id: string, metric: cloudwatch.IMetric, threshold: number, props: Partial<cloudwatch.AlarmProps> = {}): void {
  const made = new cloudwatch.Alarm(observability, id, { metric, threshold, evaluationPeriods: 2, ...props });
  made.addAlarmAction(action);
  made.addOkAction(action);
}
const fiveMinutes = { period: Duration.minutes(5) };
for (const [id, service] of Object.entries({ Api: api, Ws: ws, Workers: workers })) {
  alarm(`${id}Cpu`, service.metricCpuUtilization(fiveMinutes), 80);
  alarm(`${id}Memory`, service.metricMemoryUtilization(fiveMinutes), 85);
  alarm(`${id}Tasks`, service.metricCpuUtilization({ statistic: "SampleCount", period: Duration.minutes(1) }), 1, {
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 5,
    treatMissingData: cloudwatch.TreatMissingData.BREACHING,
  });
}
alarm("DatabaseCpu", database.metricCPUUtilization(fiveMinutes), 80);
alarm("DatabaseStorage", database.metricFreeStorageSpace({ ...fiveMinutes, statistic: "Minimum" }), 5 * 1024 ** 3, {
  comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
  evaluationPeriods: 1,
});
const cacheMetric = (node: string, metricName: string) =>
  new cloudwatch.Metric({
    namespace: "AWS/ElastiCache",
    metricName,
    dimensionsMap: { CacheClusterId: `${cache.ref}-${node}` },
    ...fiveMinutes,
  });
for (const node of ["001", "002"]) alarm(`CacheMemory${node}`, cacheMetric(node, "DatabaseMemoryUsagePercentage"), 80);
const errors = new cloudwatch.MathExpression({
  expression: "FILL(own, 0) + FILL(targets, 0)",
  usingMetrics: {
    own: balancer.metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT),
    targets: balancer.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT),
  },
  ...fiveMinutes,
});
alarm("Errors", errors, 10, { evaluationPeriods: 1, treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING });
for (const [id, group] of Object.entries({ Api: apiTargets, Ws: wsTargets })) {
  alarm(`${id}Unhealthy`, group.metrics.unhealthyHostCount({ statistic: "Maximum", period: Duration.minutes(1) }), 0, {
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
  });
}
for (const [id, source] of Object.entries({ AgentRuns: agentRuns, Notifications: notifications })) {
  alarm(
    `${id}DeadLetters`,
    source.deadLetterQueue!.queue.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum", period: Duration.minutes(1) }),
    1,
    {
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    },
  );
}
const services = { api, ws, workers };
new cloudwatch.Dashboard(observability, "Dashboard", {
  dashboardName: "hana-prod",
  widgets: [
    [
      new cloudwatch.GraphWidget({ title: "CPU", left: Object.values(services).map((service) => service.metricCpuUtilization()) }),
      new cloudwatch.GraphWidget({ title: "Memory", left: Object.values(services).map((service) => service.metricMemoryUtilization()) }),
    ],
    [
      new cloudwatch.GraphWidget({ title: "Requests", left: [balancer.metrics.requestCount()], right: [errors] }),
      new cloudwatch.GraphWidget({ title: "Response time", left: [balancer.metrics.targetResponseTime()] }),
    ],
    [
      new cloudwatch.GraphWidget({ title: "Queue", left: [agentRuns.metricApproximateNumberOfMessagesVisible()] }),
      new cloudwatch.GraphWidget({ title: "Database", left: [database.metricCPUUtilization(), database.metricDatabaseConnections()] }),
    ],
  ],
});

Tags.of(app).add("app", "hana");
Tags.of(app).add("stage", "prod");
app.synth();
