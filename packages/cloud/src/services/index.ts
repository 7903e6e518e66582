/** The table of services: what is not here does not exist. */
import type { ServiceId } from "../aws.ts";
import type { Service } from "../service.ts";
import { acm } from "./acm/index.ts";
import { applicationAutoscaling } from "./application-autoscaling/index.ts";
import { apprunner } from "./apprunner/index.ts";
import { backup } from "./backup/index.ts";
import { cloudfront } from "./cloudfront/index.ts";
import { cloudformation } from "./cloudformation/index.ts";
import { ec2 } from "./ec2/index.ts";
import { ecr } from "./ecr/index.ts";
import { ecs } from "./ecs/index.ts";
import { efs } from "./efs/index.ts";
import { elbv2 } from "./elbv2/index.ts";
import { events } from "./events/index.ts";
import { iam } from "./iam/index.ts";
import { kms } from "./kms/index.ts";
import { elasticache } from "./elasticache/index.ts";
import { lambda } from "./lambda/index.ts";
import { logs } from "./logs/index.ts";
import { route53 } from "./route53/index.ts";
import { rds } from "./rds/index.ts";
import { rdsData } from "./rds-data/index.ts";
import { sqs } from "./sqs/index.ts";
import { ssm } from "./ssm/index.ts";
import { sts } from "./sts/index.ts";
import { cloudwatch } from "./cloudwatch/index.ts";
import { scheduler } from "./scheduler/index.ts";
import { secretsmanager } from "./secretsmanager/index.ts";
import { servicediscovery } from "./servicediscovery/index.ts";
import { sns } from "./sns/index.ts";
import { wafv2 } from "./wafv2/index.ts";
import { s3 } from "./s3/index.ts";

export const services: { readonly [S in ServiceId]?: Service<S> } = {
  // Before all that encrypt with its keys.
  kms,
  s3,
  sqs,
  sns,
  cloudwatch,
  // What certificates are validated by stands before them.
  route53,
  acm,
  wafv2,
  elbv2,
  ec2,
  ecr,
  efs,
  iam,
  elasticache,
  logs,
  rds,
  "rds-data": rdsData,
  // After what it backs up.
  backup,
  servicediscovery,
  ssm,
  sts,
  lambda,
  // After what it stands in front of, and the names, certificates and firewalls that it uses.
  cloudfront,
  // After all that tasks use.
  ecs,
  apprunner,
  // After what they call: at their start they do what fell due meanwhile.
  events,
  scheduler,
  secretsmanager,
  // What it scales stands before it.
  "application-autoscaling": applicationAutoscaling,
  // Last: at its start it resumes stacks, which call the others.
  cloudformation,
};
