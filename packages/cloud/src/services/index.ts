/**
 * The table of services: what is not here does not exist. A service is loaded when something first asks for it; what has to be known before
 * stands here, and a test compares it with what the service says. They start in this order, and stop the other way round.
 */
import type { ServiceTable } from "../service.ts";

export const services: ServiceTable = {
  // Before all that encrypt with its keys.
  kms: { load: async () => (await import("./kms/index.ts")).kms, namespace: "KMS" },
  s3: { load: async () => (await import("./s3/index.ts")).s3, namespace: "S3", needs: ["kms"] },
  sqs: { load: async () => (await import("./sqs/index.ts")).sqs, namespace: "SQS", needs: ["kms"] },
  sns: {
    load: async () => (await import("./sns/index.ts")).sns,
    namespace: "SNS",
    routes: ["mailbox", "sns"],
    roots: ["?ConfirmSubscription", "?Unsubscribe"],
    needs: ["kms"],
  },
  cloudwatch: { load: async () => (await import("./cloudwatch/index.ts")).cloudwatch, namespace: "CloudWatch" },
  // What certificates are validated by stands before them.
  route53: { load: async () => (await import("./route53/index.ts")).route53, namespace: "Route53", routes: ["dns"] },
  acm: { load: async () => (await import("./acm/index.ts")).acm, namespace: "CertificateManager", routes: ["certificates"] },
  wafv2: { load: async () => (await import("./wafv2/index.ts")).wafv2, namespace: "WAFv2" },
  elbv2: { load: async () => (await import("./elbv2/index.ts")).elbv2, namespace: "ElasticLoadBalancingV2", routes: ["load-balancers"] },
  ec2: { load: async () => (await import("./ec2/index.ts")).ec2, namespace: "EC2" },
  ecr: { load: async () => (await import("./ecr/index.ts")).ecr, namespace: "ECR", routes: ["layers"], roots: ["v2"], needs: ["kms"] },
  efs: { load: async () => (await import("./efs/index.ts")).efs, namespace: "EFS", needs: ["kms"] },
  iam: { load: async () => (await import("./iam/index.ts")).iam, namespace: "IAM" },
  elasticache: { load: async () => (await import("./elasticache/index.ts")).elasticache, namespace: "ElastiCache", needs: ["kms"] },
  logs: { load: async () => (await import("./logs/index.ts")).logs, namespace: "Logs", needs: ["kms"] },
  rds: { load: async () => (await import("./rds/index.ts")).rds, namespace: "RDS", needs: ["kms"] },
  "rds-data": { load: async () => (await import("./rds-data/index.ts")).rdsData },
  // After what it backs up.
  backup: { load: async () => (await import("./backup/index.ts")).backup, namespace: "Backup" },
  servicediscovery: { load: async () => (await import("./servicediscovery/index.ts")).servicediscovery },
  ssm: { load: async () => (await import("./ssm/index.ts")).ssm, namespace: "SSM", upgrades: ["data-channel"], needs: ["kms"] },
  sts: { load: async () => (await import("./sts/index.ts")).sts },
  lambda: { load: async () => (await import("./lambda/index.ts")).lambda, namespace: "Lambda", routes: ["lambda"] },
  // After what it stands in front of, and the names, certificates and firewalls that it uses.
  cloudfront: { load: async () => (await import("./cloudfront/index.ts")).cloudfront, namespace: "CloudFront", routes: ["distributions"] },
  // After all that tasks use.
  ecs: { load: async () => (await import("./ecs/index.ts")).ecs, namespace: "ECS", routes: ["tasks"] },
  apprunner: { load: async () => (await import("./apprunner/index.ts")).apprunner, namespace: "AppRunner", routes: ["instances"] },
  // After what they call: at their start they do what fell due meanwhile.
  events: { load: async () => (await import("./events/index.ts")).events, namespace: "Events" },
  scheduler: { load: async () => (await import("./scheduler/index.ts")).scheduler, namespace: "Scheduler" },
  secretsmanager: {
    load: async () => (await import("./secretsmanager/index.ts")).secretsmanager,
    namespace: "SecretsManager",
    needs: ["kms"],
  },
  // What it scales stands before it.
  "application-autoscaling": {
    load: async () => (await import("./application-autoscaling/index.ts")).applicationAutoscaling,
    namespace: "ApplicationAutoScaling",
  },
  // Last: at its start it resumes stacks, which call the others.
  cloudformation: {
    load: async () => (await import("./cloudformation/index.ts")).cloudformation,
    namespace: "CloudFormation",
    routes: ["custom-resources"],
  },
};
