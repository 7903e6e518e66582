/**
 * A lasting HTTPS name without a load balancer: CloudFront in front of a name that always points to the running tasks.
 * ECS tells EventBridge of every task that starts or stops; a function then writes their addresses into the record
 * `origin.DOMAIN`. Source: aws-recipes §10.
 */
import type { PublicDomain, ServiceOptions } from "@plinth/language";
import { addressRecordCode } from "./address-record-code.ts";
import { deleted, sub, type Compilation, type Injection } from "./compilation.ts";
import { generatedSecret, secretMember } from "./generated-secret.ts";
import type { Named } from "./inventory.ts";
import { retention } from "./log-group.ts";
import { buildRole } from "./role.ts";
import { encrypted } from "./stage-key.ts";
import type { Made, Value } from "./value.ts";

/** The variable in which a program finds what CloudFront sends along as the header `x-origin-secret`. */
export const originSecretVariable = "ORIGIN_SECRET";

/** CloudFront's own zone, in which the aliases of all distributions lie. */
export const cloudFrontZone = "Z2FDTNDATAQYW2";
/** AWS's managed policies: nothing is cached; everything of a request is handed on, so that WebSockets work. */
export const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
export const allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3";

/** The domain that a service gets; none in the embedded cloud, where nothing keeps a record at the running tasks and their addresses are called. */
export function domainOf(
  { public: reach }: Pick<ServiceOptions, "public">,
  { local }: Pick<Compilation, "local">,
): PublicDomain | undefined {
  return typeof reach === "object" && !local ? reach : undefined;
}

/** One sentence for each service whose domain is left out. */
export function domainNotes({ local, inventory }: Pick<Compilation, "local" | "inventory">): string[] {
  if (!local) return [];
  return inventory.of("service").flatMap(({ key, declared }) => {
    const { public: reach } = declared.options;
    if (typeof reach !== "object") return [];
    return [
      `${key} is called by a temporary http://ADDRESS:PORT here: the embedded cloud keeps no record of its tasks for ${reach.domain}.`,
    ];
  });
}

/** What stays of it when the stage is destroyed. */
export function domainRemains(compilation: Pick<Compilation, "local" | "inventory">): string[] {
  return compilation.inventory.of("service").flatMap(({ declared }) => {
    const found = domainOf(declared.options, compilation);
    return found
      ? [`the record origin.${found.domain} in the zone ${found.zone}, which points to addresses that others may get: delete it`]
      : [];
  });
}

/** Where CloudFront's requests come from, as a list that AWS keeps; it weighs 55 of a group's 60 rules. */
export const cloudFrontAddresses: Value = {
  kind: "source",
  name: "CloudFrontPrefixList",
  parameter: { Type: "String", Description: "The prefix list of CloudFront's addresses", AllowedPattern: "^pl-[0-9a-f]+$" },
  source: { from: "prefix-list", name: "com.amazonaws.global.cloudfront.origin-facing" },
};

export interface BuiltDomain {
  /** The secret that the program compares. */
  readonly secret: Injection & { kind: "secret" };
  /** What must listen before a task starts. */
  readonly listening: readonly Made[];
}

export function buildPublicDomain(
  compilation: Compilation,
  named: Named<"service">,
  { domain, zone }: PublicDomain,
  { cluster, serviceName }: { cluster: Made; serviceName: string },
): BuiltDomain {
  const { draft, stem } = compilation;
  const { id, key, kebab, declared } = named;
  const { override: _, ...origin } = compilation.origin(named);
  const originName = `origin.${domain}`;
  const zoneId: Value = {
    kind: "source",
    name: `${id}HostedZone`,
    parameter: { Type: "AWS::Route53::HostedZone::Id", Description: `The zone ${zone} in Route 53` },
    source: { from: "hosted-zone", zone },
  };
  const secret = generatedSecret(compilation, `${id}OriginSecret`, origin, {
    description: `${stem} ${key}: what CloudFront sends along`,
    member: "token",
  });
  const logGroup = draft.add("storage", `${id}AddressesLogGroup`, origin, (here) => ({
    Type: "AWS::Logs::LogGroup",
    ...deleted,
    Properties: { LogGroupName: `/lambda/${stem}/${kebab}-addresses`, ...retention("30 days"), ...encrypted(here, compilation.key) },
  }));
  const role = buildRole(compilation, "iam", `${id}AddressesRole`, origin, {
    trusts: "lambda.amazonaws.com",
    policyName: "write",
    allows: (here) => [
      { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: here.take(logGroup.attribute("Arn")) },
      {
        Effect: "Allow",
        Action: ["ecs:ListTasks", "ecs:DescribeTasks"],
        Resource: "*",
        Condition: { ArnEquals: { "ecs:cluster": here.take(cluster.attribute("Arn")) } },
      },
      { Effect: "Allow", Action: "ec2:DescribeNetworkInterfaces", Resource: "*" },
      {
        Effect: "Allow",
        Action: "route53:ChangeResourceRecordSets",
        Resource: sub("arn:${AWS::Partition}:route53:::hostedzone/${Zone}", { Zone: here.take(zoneId) }),
        Condition: {
          "ForAllValues:StringEquals": {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": [originName],
            "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
            "route53:ChangeResourceRecordSetsActions": ["UPSERT"],
          },
        },
      },
    ],
  });
  const addresses = draft.add("compute", `${id}Addresses`, origin, (here) => ({
    Type: "AWS::Lambda::Function",
    Properties: {
      Description: `${stem} ${key}: writes the addresses of its tasks into ${originName}`,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: addressRecordCode },
      Role: here.take(role.attribute("Arn")),
      Timeout: 60,
      MemorySize: 256,
      Environment: {
        Variables: {
          CLUSTER: here.take(cluster.ref()),
          SERVICE: serviceName,
          ZONE: here.take(zoneId),
          NAME: originName,
        } as never,
      },
      LoggingConfig: { LogGroup: here.take(logGroup.ref()) },
    },
  }));
  const rule = draft.add("compute", `${id}AddressesRule`, origin, (here) => ({
    Type: "AWS::Events::Rule",
    Properties: {
      Description: `${stem} ${key}: a task has started or stopped; every five minutes in case an event is lost`,
      EventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: {
          clusterArn: [here.take(cluster.attribute("Arn"))],
          group: [`service:${serviceName}`],
          lastStatus: ["RUNNING", "DEACTIVATING", "STOPPED"],
        },
      } as never,
      ScheduleExpression: "rate(5 minutes)",
      State: "ENABLED",
      Targets: [{ Id: "addresses", Arn: here.take(addresses.attribute("Arn")) as never }],
    },
  }));
  const permission = draft.add("compute", `${id}AddressesPermission`, origin, (here) => ({
    Type: "AWS::Lambda::Permission",
    Properties: {
      FunctionName: here.take(addresses.attribute("Arn")),
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      SourceArn: here.take(rule.attribute("Arn")),
    },
  }));

  const certificate = draft.add("edge", `${id}Certificate`, origin, (here) => ({
    Type: "AWS::CertificateManager::Certificate",
    Properties: {
      DomainName: domain,
      ValidationMethod: "DNS",
      DomainValidationOptions: [{ DomainName: domain, HostedZoneId: here.take(zoneId) }],
    },
  }));
  const distribution = draft.add("compute", `${id}Distribution`, { ...compilation.origin(named), part: "Distribution" }, (here) => ({
    Type: "AWS::CloudFront::Distribution",
    Properties: {
      DistributionConfig: {
        Enabled: true,
        Comment: `${stem} ${key}`,
        Aliases: [domain],
        HttpVersion: "http2and3",
        IPV6Enabled: true,
        ViewerCertificate: {
          AcmCertificateArn: here.take(certificate.ref()),
          SslSupportMethod: "sni-only",
          MinimumProtocolVersion: "TLSv1.2_2021",
        },
        Origins: [
          {
            Id: "tasks",
            DomainName: originName,
            CustomOriginConfig: { OriginProtocolPolicy: "http-only", HTTPPort: declared.options.port!, OriginReadTimeout: 60 },
            OriginCustomHeaders: [
              {
                HeaderName: "x-origin-secret",
                HeaderValue: sub(secretMember("Origin", "token"), { Origin: here.take(secret.ref()) }) as string,
              },
            ],
          },
        ],
        DefaultCacheBehavior: {
          TargetOriginId: "tasks",
          ViewerProtocolPolicy: "redirect-to-https",
          AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
          Compress: true,
          CachePolicyId: cachingDisabled,
          OriginRequestPolicyId: allViewer,
        },
      },
    },
  }));
  for (const type of ["A", "AAAA"]) {
    draft.add("compute", `${id}Alias${type}`, origin, (here) => ({
      Type: "AWS::Route53::RecordSet",
      Properties: {
        HostedZoneId: here.take(zoneId),
        Name: domain,
        Type: type,
        AliasTarget: { DNSName: here.take(distribution.attribute("DomainName")), HostedZoneId: cloudFrontZone },
      },
    }));
  }

  return {
    listening: [rule, permission],
    secret: {
      kind: "secret",
      valueFrom: (here) => sub("${Secret}:token::", { Secret: here.take(secret.ref()) }),
      grant: { actions: ["secretsmanager:GetSecretValue"], resources: (here) => [here.take(secret.ref())], key: compilation.key },
      connection: secret.ref(),
    },
  };
}
