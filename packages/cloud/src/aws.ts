/** AWS's own TypeScript types of the services that the cloud serves, by service id; types only, nothing is loaded. */
import type { GetOutputType, NoUndefined } from "@smithy/types";

export interface AwsApi {
  acm: typeof import("@aws-sdk/client-acm");
  apprunner: typeof import("@aws-sdk/client-apprunner");
  "application-autoscaling": typeof import("@aws-sdk/client-application-auto-scaling");
  backup: typeof import("@aws-sdk/client-backup");
  cloudformation: typeof import("@aws-sdk/client-cloudformation");
  cloudfront: typeof import("@aws-sdk/client-cloudfront");
  cloudwatch: typeof import("@aws-sdk/client-cloudwatch");
  ec2: typeof import("@aws-sdk/client-ec2");
  ecr: typeof import("@aws-sdk/client-ecr");
  ecs: typeof import("@aws-sdk/client-ecs");
  efs: typeof import("@aws-sdk/client-efs");
  elasticache: typeof import("@aws-sdk/client-elasticache");
  elbv2: typeof import("@aws-sdk/client-elastic-load-balancing-v2");
  events: typeof import("@aws-sdk/client-eventbridge");
  iam: typeof import("@aws-sdk/client-iam");
  kms: typeof import("@aws-sdk/client-kms");
  lambda: typeof import("@aws-sdk/client-lambda");
  logs: typeof import("@aws-sdk/client-cloudwatch-logs");
  rds: typeof import("@aws-sdk/client-rds");
  "rds-data": typeof import("@aws-sdk/client-rds-data");
  route53: typeof import("@aws-sdk/client-route-53");
  s3: typeof import("@aws-sdk/client-s3");
  scheduler: typeof import("@aws-sdk/client-scheduler");
  secretsmanager: typeof import("@aws-sdk/client-secrets-manager");
  servicediscovery: typeof import("@aws-sdk/client-servicediscovery");
  sns: typeof import("@aws-sdk/client-sns");
  sqs: typeof import("@aws-sdk/client-sqs");
  ssm: typeof import("@aws-sdk/client-ssm");
  sts: typeof import("@aws-sdk/client-sts");
  wafv2: typeof import("@aws-sdk/client-wafv2");
}

export type ServiceId = keyof AwsApi;

/** Of all services, once: the checker would work out the names of a client's hundreds of commands anew at each call, but looks a member up. */
type OperationNames = {
  [S in ServiceId]: keyof {
    [K in keyof AwsApi[S] as K extends "$Command" ? never : K extends `${infer O}Command` ? O : never]: unknown;
  };
};

/** The operations of a service, as `CreateQueue`. */
export type OperationName<S extends ServiceId> = OperationNames[S] & string;

type CommandClass<S extends ServiceId, O extends string> = `${O}Command` extends keyof AwsApi[S] ? AwsApi[S][`${O}Command`] : never;

/** An operation's input, as its clients type it, less the `undefined` of members that the wire layer has checked. */
export type Input<S extends ServiceId, O extends string> =
  CommandClass<S, O> extends abstract new (...input: never) => { readonly input: infer I } ? NoUndefined<I> : never;

/** An operation's answer, without the client's `$metadata`. */
export type Output<S extends ServiceId, O extends string> =
  CommandClass<S, O> extends abstract new (input: never) => infer C ? Omit<GetOutputType<C>, "$metadata"> : never;
