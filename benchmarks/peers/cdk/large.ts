/** A product of 300 services over many stacks, as a team that works with AWS CDK writes it; beside `peers/large`. */
import { App, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecr from "aws-cdk-lib/aws-ecr";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import * as logs from "aws-cdk-lib/aws-logs";
import * as rds from "aws-cdk-lib/aws-rds";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import * as sns from "aws-cdk-lib/aws-sns";
import * as sqs from "aws-cdk-lib/aws-sqs";

declare const process: { argv: string[] };
/** How many services, by the first argument. */
const count = Number(process.argv[2] ?? 300);
/** So many as stay below CloudFormation's 500 resources a stack. */
const perStack = 20;

const app = new App();
const shared = new Stack(app, "large-prod-shared");
const vpc = new ec2.Vpc(shared, "Vpc", { maxAzs: 2, natGateways: 0, restrictDefaultSecurityGroup: false });
const cluster = new ecs.Cluster(shared, "Cluster", { vpc, enableFargateCapacityProviders: true });
const repository = new ecr.Repository(shared, "Source", { lifecycleRules: [{ maxImageCount: 50 }] });
const group = (scope: Stack, id: string) => new ec2.SecurityGroup(scope, id, { vpc, allowAllOutbound: false });
const databaseGroup = group(shared, "DatabaseGroup");
const cacheGroup = group(shared, "CacheGroup");
const database = new rds.DatabaseInstance(shared, "Database", {
  engine: rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_16 }),
  vpc,
  vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
  securityGroups: [databaseGroup],
  credentials: rds.Credentials.fromGeneratedSecret("plinth"),
});
const jobs = new sqs.Queue(shared, "Jobs", { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true });
const files = new s3.Bucket(shared, "Files", { blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, enforceSSL: true });
const apiKey = new secretsmanager.Secret(shared, "ApiKey");
const alerts = new sns.Topic(shared, "Alerts", { enforceSSL: true });

for (let first = 0; first < count; first += perStack) {
  const stack = new Stack(app, `large-prod-services-${first / perStack + 1}`);
  for (let index = first; index < Math.min(count, first + perStack); index++) addService(stack, `Service${index}`);
}
app.synth();

function addService(stack: Stack, id: string): void {
  const own = group(stack, `${id}Group`);
  own.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443));
  for (const [name, target, port] of [
    ["Database", databaseGroup, 5432],
    ["Cache", cacheGroup, 6379],
  ] as const) {
    new ec2.CfnSecurityGroupIngress(stack, `${id}To${name}`, {
      groupId: target.securityGroupId,
      sourceSecurityGroupId: own.securityGroupId,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
    });
    new ec2.CfnSecurityGroupEgress(stack, `${id}For${name}`, {
      groupId: own.securityGroupId,
      destinationSecurityGroupId: target.securityGroupId,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
    });
  }
  const taskRole = new iam.Role(stack, `${id}Role`, { assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com") });
  taskRole.addToPolicy(new iam.PolicyStatement({ actions: ["sqs:SendMessage", "sqs:GetQueueAttributes"], resources: [jobs.queueArn] }));
  const dead = new sqs.Queue(stack, `${id}DeadOrders`, { encryption: sqs.QueueEncryption.SQS_MANAGED });
  const orders = new sqs.Queue(stack, `${id}Orders`, {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    deadLetterQueue: { queue: dead, maxReceiveCount: 3 },
  });
  taskRole.addToPolicy(
    new iam.PolicyStatement({
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      resources: [orders.queueArn],
    }),
  );
  taskRole.addToPolicy(
    new iam.PolicyStatement({ actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], resources: [files.arnForObjects("*")] }),
  );
  const logGroup = new logs.LogGroup(stack, `${id}Logs`, {
    retention: logs.RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const executionRole = new iam.Role(stack, `${id}ExecutionRole`, { assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com") });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, `${id}Task`, { cpu: 256, memoryLimitMiB: 512, executionRole, taskRole });
  taskDefinition.addContainer(id, {
    image: ecs.ContainerImage.fromRegistry(repository.repositoryUriForTag("latest")),
    command: ["node", `${id}.js`],
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: "ecs", logGroup }),
    portMappings: [{ containerPort: 3000 }],
    environment: {
      DATABASE_HOST: database.dbInstanceEndpointAddress,
      JOBS: jobs.queueUrl,
      ORDERS: orders.queueUrl,
      FILES: files.bucketName,
    },
    secrets: {
      DATABASE_PASSWORD: ecs.Secret.fromSecretsManager(byArn(stack, "DatabaseSecret", database.secret!), "password"),
      API_KEY: ecs.Secret.fromSecretsManager(byArn(stack, "ApiKey", apiKey)),
    },
  });
  const service = new ecs.FargateService(stack, `${id}Service`, {
    cluster,
    taskDefinition,
    securityGroups: [own],
    circuitBreaker: { rollback: true },
    minHealthyPercent: 100,
    assignPublicIp: true,
    vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
  });
  service
    .autoScaleTaskCount({ minCapacity: 2, maxCapacity: 8 })
    .scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: 60, scaleOutCooldown: Duration.seconds(60) });
  for (const [name, metric, threshold] of [
    ["Cpu", service.metricCpuUtilization(), 80],
    ["Memory", service.metricMemoryUtilization(), 85],
    ["Tasks", service.metric("RunningTaskCount"), 1],
    ["DeadOrders", dead.metricApproximateNumberOfMessagesVisible(), 1],
  ] as const) {
    new cloudwatch.Alarm(stack, `${id}${name}Alarm`, { metric, threshold, evaluationPeriods: 2 }).addAlarmAction(
      new actions.SnsAction(alerts),
    );
  }
}

/** By ARN: granting on the secret itself would tie the stacks to each other both ways. */
function byArn(stack: Stack, id: string, { secretArn }: secretsmanager.ISecret): secretsmanager.ISecret {
  return (
    (stack.node.tryFindChild(id) as secretsmanager.ISecret | undefined) ??
    secretsmanager.Secret.fromSecretAttributes(stack, id, { secretCompleteArn: secretArn })
  );
}
