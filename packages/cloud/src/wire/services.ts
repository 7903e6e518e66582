/** How each service travels: its protocol, its names in credential scopes, headers and queries, its words for faults. */
import type { ServiceId } from "../aws.ts";

export type Protocol = "json-1.0" | "json-1.1" | "query" | "ec2" | "rest-xml" | "rest-json" | "cbor";

export interface WireService {
  /** As in `aws.ts`. */
  id: ServiceId;
  /** The package that publishes its schemas. */
  client: string;
  /** The one its current clients use; JSON services with `queryVersion` and all with CBOR are told apart by the request. */
  protocol: Protocol;
  /** In the credential scope. */
  signingName: string;
  /** Before the `#` of an error's type. */
  namespace: string;
  /** Before the dot in `X-Amz-Target`, and in the path of CBOR requests. */
  target: string;
  /** `Version` in query protocols. */
  version: string;
  xmlNamespace: string;
  /** A JSON service that was a query service: its errors carry the old codes in `x-amzn-query-error`. */
  queryCompatible?: true;
  /** How its JSON errors are called that its schemas do not name, by the code that queries and `x-amzn-query-error` have. */
  jsonErrors?: Readonly<Record<string, string>>;
  /** Errors that say something else in the query protocol, by their names. */
  queryMessages?: Readonly<Record<string, string>>;
  /** What a member that is required and absent is called. */
  missing: MissingStyle;
}

/**
 * `constraint`: `1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null`
 * under that code; `parameter`: `The request must contain the parameter X` under MissingParameter.
 */
export type MissingStyle = { style: "constraint"; code: string } | { style: "parameter"; code: string };

const constraint = (code: string): MissingStyle => ({ style: "constraint", code });
const parameter: MissingStyle = { style: "parameter", code: "MissingParameter" };

export const wireServices: Readonly<Record<WireService["id"], WireService>> = {
  acm: {
    id: "acm",
    client: "@aws-sdk/client-acm",
    namespace: "com.amazonaws.certificatemanager",
    protocol: "json-1.1",
    signingName: "acm",
    target: "CertificateManager",
    version: "2015-12-08",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  "application-autoscaling": {
    id: "application-autoscaling",
    client: "@aws-sdk/client-application-auto-scaling",
    namespace: "com.amazonaws.applicationautoscaling",
    protocol: "json-1.1",
    signingName: "application-autoscaling",
    target: "AnyScaleFrontendService",
    version: "2016-02-06",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  apprunner: {
    id: "apprunner",
    client: "@aws-sdk/client-apprunner",
    namespace: "com.amazonaws.apprunner",
    protocol: "json-1.0",
    signingName: "apprunner",
    target: "AppRunner",
    version: "2020-05-15",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  backup: {
    id: "backup",
    client: "@aws-sdk/client-backup",
    namespace: "com.amazonaws.backup",
    protocol: "rest-json",
    signingName: "backup",
    target: "CryoControllerUserManager",
    version: "2018-11-15",
    xmlNamespace: "",
    missing: constraint("InvalidParameterValueException"),
  },
  cloudformation: {
    id: "cloudformation",
    client: "@aws-sdk/client-cloudformation",
    namespace: "com.amazonaws.cloudformation",
    protocol: "query",
    signingName: "cloudformation",
    target: "CloudFormation",
    version: "2010-05-15",
    xmlNamespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    missing: constraint("ValidationError"),
  },
  cloudfront: {
    id: "cloudfront",
    client: "@aws-sdk/client-cloudfront",
    namespace: "com.amazonaws.cloudfront",
    protocol: "rest-xml",
    signingName: "cloudfront",
    target: "Cloudfront2020_05_31",
    version: "2020-05-31",
    xmlNamespace: "http://cloudfront.amazonaws.com/doc/2020-05-31/",
    missing: constraint("InvalidArgument"),
  },
  cloudwatch: {
    id: "cloudwatch",
    client: "@aws-sdk/client-cloudwatch",
    namespace: "com.amazonaws.cloudwatch",
    protocol: "json-1.0",
    signingName: "monitoring",
    target: "GraniteServiceVersion20100801",
    version: "2010-08-01",
    xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    queryCompatible: true,
    missing: { style: "parameter", code: "MissingParameter" },
  },
  ec2: {
    id: "ec2",
    client: "@aws-sdk/client-ec2",
    namespace: "com.amazonaws.ec2",
    protocol: "ec2",
    signingName: "ec2",
    target: "AmazonEC2",
    version: "2016-11-15",
    xmlNamespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    missing: parameter,
  },
  ecr: {
    id: "ecr",
    client: "@aws-sdk/client-ecr",
    namespace: "com.amazonaws.ecr",
    protocol: "json-1.1",
    signingName: "ecr",
    target: "AmazonEC2ContainerRegistry_V20150921",
    version: "2015-09-21",
    xmlNamespace: "http://ecr.amazonaws.com/doc/2015-09-21/",
    missing: constraint("InvalidParameterException"),
  },
  ecs: {
    id: "ecs",
    client: "@aws-sdk/client-ecs",
    namespace: "com.amazonaws.ecs",
    protocol: "json-1.1",
    signingName: "ecs",
    target: "AmazonEC2ContainerServiceV20141113",
    version: "2014-11-13",
    xmlNamespace: "http://ecs.amazonaws.com/doc/2014-11-13/",
    missing: constraint("InvalidParameterException"),
  },
  efs: {
    id: "efs",
    client: "@aws-sdk/client-efs",
    namespace: "com.amazonaws.efs",
    protocol: "rest-json",
    signingName: "elasticfilesystem",
    target: "MagnolioAPIService_v20150201",
    version: "2015-02-01",
    xmlNamespace: "",
    missing: constraint("BadRequest"),
  },
  elasticache: {
    id: "elasticache",
    client: "@aws-sdk/client-elasticache",
    namespace: "com.amazonaws.elasticache",
    protocol: "query",
    signingName: "elasticache",
    target: "AmazonElastiCacheV9",
    version: "2015-02-02",
    xmlNamespace: "http://elasticache.amazonaws.com/doc/2015-02-02/",
    missing: parameter,
  },
  elbv2: {
    id: "elbv2",
    client: "@aws-sdk/client-elastic-load-balancing-v2",
    namespace: "com.amazonaws.elasticloadbalancingv2",
    protocol: "query",
    signingName: "elasticloadbalancing",
    target: "ElasticLoadBalancing_v10",
    version: "2015-12-01",
    xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    missing: constraint("ValidationError"),
  },
  events: {
    id: "events",
    client: "@aws-sdk/client-eventbridge",
    namespace: "com.amazonaws.eventbridge",
    protocol: "json-1.1",
    signingName: "events",
    target: "AWSEvents",
    version: "2015-10-07",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  iam: {
    id: "iam",
    client: "@aws-sdk/client-iam",
    namespace: "com.amazonaws.iam",
    protocol: "query",
    signingName: "iam",
    target: "AWSIdentityManagementV20100508",
    version: "2010-05-08",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    missing: constraint("ValidationError"),
  },
  kms: {
    id: "kms",
    client: "@aws-sdk/client-kms",
    namespace: "com.amazonaws.kms",
    protocol: "json-1.1",
    signingName: "kms",
    target: "TrentService",
    version: "2014-11-01",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  lambda: {
    id: "lambda",
    client: "@aws-sdk/client-lambda",
    namespace: "com.amazonaws.lambda",
    protocol: "rest-json",
    signingName: "lambda",
    target: "AWSGirApiService",
    version: "2015-03-31",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  logs: {
    id: "logs",
    client: "@aws-sdk/client-cloudwatch-logs",
    namespace: "com.amazonaws.cloudwatchlogs",
    protocol: "json-1.1",
    signingName: "logs",
    target: "Logs_20140328",
    version: "2014-03-28",
    xmlNamespace: "",
    missing: constraint("InvalidParameterException"),
  },
  rds: {
    id: "rds",
    client: "@aws-sdk/client-rds",
    namespace: "com.amazonaws.rds",
    protocol: "query",
    signingName: "rds",
    target: "AmazonRDSv19",
    version: "2014-10-31",
    xmlNamespace: "http://rds.amazonaws.com/doc/2014-10-31/",
    missing: parameter,
  },
  "rds-data": {
    id: "rds-data",
    client: "@aws-sdk/client-rds-data",
    namespace: "com.amazonaws.rdsdata",
    protocol: "rest-json",
    signingName: "rds-data",
    target: "RdsDataService",
    version: "2018-08-01",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  route53: {
    id: "route53",
    client: "@aws-sdk/client-route-53",
    namespace: "com.amazonaws.route53",
    protocol: "rest-xml",
    signingName: "route53",
    target: "AWSDnsV20130401",
    version: "2013-04-01",
    xmlNamespace: "https://route53.amazonaws.com/doc/2013-04-01/",
    missing: constraint("InvalidInput"),
  },
  s3: {
    id: "s3",
    client: "@aws-sdk/client-s3",
    namespace: "com.amazonaws.s3",
    protocol: "rest-xml",
    signingName: "s3",
    target: "AmazonS3",
    version: "2006-03-01",
    xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    missing: parameter,
  },
  scheduler: {
    id: "scheduler",
    client: "@aws-sdk/client-scheduler",
    namespace: "com.amazonaws.scheduler",
    protocol: "rest-json",
    signingName: "scheduler",
    target: "AWSChronosService",
    version: "2021-06-30",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  secretsmanager: {
    id: "secretsmanager",
    client: "@aws-sdk/client-secrets-manager",
    namespace: "com.amazonaws.secretsmanager",
    protocol: "json-1.1",
    signingName: "secretsmanager",
    target: "secretsmanager",
    version: "2017-10-17",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  servicediscovery: {
    id: "servicediscovery",
    client: "@aws-sdk/client-servicediscovery",
    namespace: "com.amazonaws.servicediscovery",
    protocol: "json-1.1",
    signingName: "servicediscovery",
    target: "Route53AutoNaming_v20170314",
    version: "2017-03-14",
    xmlNamespace: "",
    missing: constraint("InvalidInput"),
  },
  sns: {
    id: "sns",
    client: "@aws-sdk/client-sns",
    namespace: "com.amazonaws.sns",
    protocol: "query",
    signingName: "sns",
    target: "AmazonSimpleNotificationService",
    version: "2010-03-31",
    xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    missing: constraint("ValidationError"),
  },
  sqs: {
    id: "sqs",
    client: "@aws-sdk/client-sqs",
    namespace: "com.amazonaws.sqs",
    protocol: "json-1.0",
    signingName: "sqs",
    target: "AmazonSQS",
    version: "2012-11-05",
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
    queryCompatible: true,
    jsonErrors: {
      AccessDenied: "AccessDeniedException",
      InvalidParameterValue: "InvalidParameterValueException",
      MissingParameter: "MissingRequiredParameterException",
    },
    queryMessages: { QueueDoesNotExist: "The specified queue does not exist for this wsdl version." },
    missing: parameter,
  },
  ssm: {
    id: "ssm",
    client: "@aws-sdk/client-ssm",
    namespace: "com.amazonaws.ssm",
    protocol: "json-1.1",
    signingName: "ssm",
    target: "AmazonSSM",
    version: "2014-11-06",
    xmlNamespace: "",
    missing: constraint("ValidationException"),
  },
  sts: {
    id: "sts",
    client: "@aws-sdk/client-sts",
    namespace: "com.amazonaws.sts",
    protocol: "query",
    signingName: "sts",
    target: "AWSSecurityTokenServiceV20110615",
    version: "2011-06-15",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    missing: constraint("ValidationError"),
  },
  wafv2: {
    id: "wafv2",
    client: "@aws-sdk/client-wafv2",
    namespace: "com.amazonaws.wafv2",
    protocol: "json-1.1",
    signingName: "wafv2",
    target: "AWSWAF_20190729",
    version: "2019-07-29",
    xmlNamespace: "",
    missing: constraint("WAFInvalidParameterException"),
  },
};

const all = Object.values(wireServices);
const bySigningName = new Map(all.map((service) => [service.signingName, service]));
const byTarget = new Map(all.map((service) => [service.target, service]));

export const serviceBySigningName = (name: string): WireService | undefined => bySigningName.get(name);
export const serviceByTarget = (target: string): WireService | undefined => byTarget.get(target);

/** The services whose query API has that version; CloudFormation's and others' versions are each their own. */
export const serviceByVersion = (version: string): WireService | undefined => all.find((service) => service.version === version);
