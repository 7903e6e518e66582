/** The AWS services that a VPC endpoint can lead to. */
import type { ServiceDetail } from "@aws-sdk/client-ec2";
import type { OperationContext } from "../../service.ts";
import { defaultId } from "./ids.ts";
import { zonesOf } from "./regions.ts";

/** Reached through routes and a prefix list. */
const gatewayServices = ["s3", "dynamodb"];

/** Reached through network interfaces, with the name that resolves to them inside the VPC. */
const interfaceServices: Readonly<Record<string, string>> = {
  "application-autoscaling": "application-autoscaling",
  cloudformation: "cloudformation",
  ec2: "ec2",
  ec2messages: "ec2messages",
  "ecr.api": "api.ecr",
  "ecr.dkr": "*.dkr.ecr",
  ecs: "ecs",
  "ecs-agent": "ecs-a",
  "ecs-telemetry": "ecs-t",
  elasticache: "elasticache",
  elasticfilesystem: "elasticfilesystem",
  elasticloadbalancing: "elasticloadbalancing",
  events: "events",
  "execute-api": "execute-api",
  kms: "kms",
  lambda: "lambda",
  logs: "logs",
  monitoring: "monitoring",
  rds: "rds",
  s3: "s3",
  secretsmanager: "secretsmanager",
  sns: "sns",
  sqs: "sqs",
  ssm: "ssm",
  ssmmessages: "ssmmessages",
  sts: "sts",
};

const details = (context: OperationContext, name: string, type: "Gateway" | "Interface", dns?: string): ServiceDetail => {
  const serviceName = `com.amazonaws.${context.region}.${name}`;
  const privateDns = dns && `${dns}.${context.region}.amazonaws.com`;
  return {
    ServiceName: serviceName,
    ServiceId: defaultId("AWS", context.region, "vpce-svc", `${type} ${name}`),
    ServiceType: [{ ServiceType: type }],
    ServiceRegion: context.region,
    AvailabilityZones: zonesOf(context.region).map((zone) => zone.name),
    Owner: "amazon",
    BaseEndpointDnsNames: [type === "Gateway" ? `${name}.${context.region}.amazonaws.com` : `${name}.${context.region}.vpce.amazonaws.com`],
    ...(privateDns && {
      PrivateDnsName: privateDns,
      PrivateDnsNames: [{ PrivateDnsName: privateDns }],
      PrivateDnsNameVerificationState: "verified",
    }),
    VpcEndpointPolicySupported: true,
    AcceptanceRequired: false,
    ManagesVpcEndpoints: false,
    Tags: [],
    SupportedIpAddressTypes: ["ipv4"],
  };
};

export const endpointServices = (context: OperationContext): ServiceDetail[] => [
  ...gatewayServices.map((name) => details(context, name, "Gateway")),
  ...Object.entries(interfaceServices).map(([name, dns]) => details(context, name, "Interface", dns)),
];
