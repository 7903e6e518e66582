/** AWS App Runner in the embedded cloud: web services that scale with their requests. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { serveInstance } from "./instance-routes.ts";
import { startAppRunner, stopAppRunner } from "./life.ts";
import { arnOf, buildPrincipal, type Kind, type Scope, tasksPrincipal } from "./names.ts";
import * as autoScaling from "./operations/auto-scaling.ts";
import * as domains from "./operations/domains.ts";
import * as observability from "./operations/observability.ts";
import * as refused from "./operations/refused.ts";
import * as services from "./operations/services.ts";
import * as tags from "./operations/tags.ts";
import * as vpcConnectors from "./operations/vpc-connectors.ts";
import { autoScalingConfiguration } from "./resources/AutoScalingConfiguration.ts";
import { observabilityConfiguration } from "./resources/ObservabilityConfiguration.ts";
import { readers } from "./resources/readers.ts";
import { service } from "./resources/Service.ts";
import { vpcConnector } from "./resources/VpcConnector.ts";
import type { ServiceInput } from "./service-input.ts";
import { findService } from "./service.ts";

interface Named {
  ServiceArn?: string | undefined;
  AutoScalingConfigurationArn?: string | undefined;
  ObservabilityConfigurationArn?: string | undefined;
  VpcConnectorArn?: string | undefined;
  ResourceArn?: string | undefined;
}

const on =
  (action: string) =>
  (input: Named): Authorization[] => [
    {
      action: `apprunner:${action}`,
      resource:
        input.ServiceArn ??
        input.ResourceArn ??
        input.AutoScalingConfigurationArn ??
        input.ObservabilityConfigurationArn ??
        input.VpcConnectorArn ??
        "*",
    },
  ];

const actions = <A extends string>(...names: A[]) =>
  Object.fromEntries(names.map((name) => [name, on(name)])) as Record<A, ReturnType<typeof on>>;

interface Taggable {
  Tags?: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;
}

/** What is made has no id yet: a policy names it by its name and `*`. */
const creates =
  <I extends Taggable>(action: string, kind: Kind, nameOf: (input: I) => string) =>
  (input: I, context: OperationContext): Authorization[] => [
    {
      action: `apprunner:${action}`,
      resource: arnOf(context, kind, nameOf(input), "*"),
      conditions: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""])),
    },
  ];

const passes = (role: string | undefined, to: string): Authorization[] =>
  role === undefined ? [] : [{ action: "iam:PassRole", resource: role, conditions: { "iam:PassedToService": to } }];

/** The roles that a service is given, and what it is connected with. Source: Service Authorization Reference, "AWS App Runner". */
function uses(input: ServiceInput): Pick<Authorization, "conditions"> & { roles: Authorization[] } {
  const connector = input.NetworkConfiguration?.EgressConfiguration?.VpcConnectorArn;
  return {
    conditions: {
      ...(input.AutoScalingConfigurationArn !== undefined && {
        "apprunner:AutoScalingConfigurationArn": input.AutoScalingConfigurationArn,
      }),
      ...(connector !== undefined && { "apprunner:VpcConnectorArn": connector }),
    },
    roles: [
      ...passes(input.SourceConfiguration?.AuthenticationConfiguration?.AccessRoleArn, buildPrincipal),
      ...passes(input.InstanceConfiguration?.InstanceRoleArn, tasksPrincipal),
    ],
  };
}

/** An update hands on only roles that the service does not have. */
function newRoles(scope: Scope, input: ServiceInput & { ServiceArn: string }): Authorization[] {
  const before = findService(scope, input.ServiceArn)?.configuration;
  const had = [before?.source.AuthenticationConfiguration?.AccessRoleArn, before?.instanceRoleArn];
  return uses(input).roles.filter(({ resource }) => !had.includes(resource));
}

export const apprunner = defineService({
  id: "apprunner",
  operations: {
    AssociateCustomDomain: domains.associateCustomDomain,
    CreateAutoScalingConfiguration: autoScaling.createAutoScalingConfiguration,
    CreateConnection: refused.createConnection,
    CreateObservabilityConfiguration: observability.createObservabilityConfiguration,
    CreateService: services.createService,
    CreateVpcConnector: vpcConnectors.createVpcConnector,
    CreateVpcIngressConnection: refused.createVpcIngressConnection,
    DeleteAutoScalingConfiguration: autoScaling.deleteAutoScalingConfiguration,
    DeleteConnection: refused.deleteConnection,
    DeleteObservabilityConfiguration: observability.deleteObservabilityConfiguration,
    DeleteService: services.deleteService,
    DeleteVpcConnector: vpcConnectors.deleteVpcConnector,
    DeleteVpcIngressConnection: refused.deleteVpcIngressConnection,
    DescribeAutoScalingConfiguration: autoScaling.describeAutoScalingConfiguration,
    DescribeCustomDomains: domains.describeCustomDomains,
    DescribeObservabilityConfiguration: observability.describeObservabilityConfiguration,
    DescribeService: services.describeService,
    DescribeVpcConnector: vpcConnectors.describeVpcConnector,
    DescribeVpcIngressConnection: refused.describeVpcIngressConnection,
    DisassociateCustomDomain: domains.disassociateCustomDomain,
    ListAutoScalingConfigurations: autoScaling.listAutoScalingConfigurations,
    ListConnections: refused.listConnections,
    ListObservabilityConfigurations: observability.listObservabilityConfigurations,
    ListOperations: services.listOperations,
    ListServices: services.listServices,
    ListServicesForAutoScalingConfiguration: autoScaling.listServicesForAutoScalingConfiguration,
    ListTagsForResource: tags.listTagsForResource,
    ListVpcConnectors: vpcConnectors.listVpcConnectors,
    ListVpcIngressConnections: refused.listVpcIngressConnections,
    PauseService: services.pauseService,
    ResumeService: services.resumeService,
    StartDeployment: services.startDeployment,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateDefaultAutoScalingConfiguration: autoScaling.updateDefaultAutoScalingConfiguration,
    UpdateService: services.updateService,
    UpdateVpcIngressConnection: refused.updateVpcIngressConnection,
  },
  authorize: {
    ...actions(
      "AssociateCustomDomain",
      "DeleteAutoScalingConfiguration",
      "DeleteObservabilityConfiguration",
      "DeleteService",
      "DeleteVpcConnector",
      "DescribeAutoScalingConfiguration",
      "DescribeCustomDomains",
      "DescribeObservabilityConfiguration",
      "DescribeService",
      "DescribeVpcConnector",
      "DisassociateCustomDomain",
      "ListOperations",
      "ListServicesForAutoScalingConfiguration",
      "ListTagsForResource",
      "PauseService",
      "ResumeService",
      "StartDeployment",
      "TagResource",
      "UntagResource",
      "UpdateDefaultAutoScalingConfiguration",
    ),
    CreateAutoScalingConfiguration: creates(
      "CreateAutoScalingConfiguration",
      "autoscalingconfiguration",
      ({ AutoScalingConfigurationName }) => AutoScalingConfigurationName,
    ),
    CreateObservabilityConfiguration: creates(
      "CreateObservabilityConfiguration",
      "observabilityconfiguration",
      ({ ObservabilityConfigurationName }) => ObservabilityConfigurationName,
    ),
    CreateVpcConnector: creates("CreateVpcConnector", "vpcconnector", ({ VpcConnectorName }) => VpcConnectorName),
    CreateService: (input, context) => {
      const [asked] = creates<typeof input>("CreateService", "service", ({ ServiceName }) => ServiceName)(input, context);
      const { conditions, roles } = uses(input);
      return [{ ...asked!, conditions: { ...asked!.conditions, ...conditions } }, ...roles];
    },
    UpdateService: (input, context) => {
      const { conditions } = uses(input);
      const asked: Authorization = { action: "apprunner:UpdateService", resource: input.ServiceArn };
      return [{ ...asked, ...(conditions && { conditions }) }, ...newRoles(context, input)];
    },
  },
  readers,
  resources: {
    "AWS::AppRunner::AutoScalingConfiguration": autoScalingConfiguration,
    "AWS::AppRunner::ObservabilityConfiguration": observabilityConfiguration,
    "AWS::AppRunner::Service": service,
    "AWS::AppRunner::VpcConnector": vpcConnector,
  },
  routes: { instances: serveInstance },
  start: startAppRunner,
  stop: (cloud) => stopAppRunner(cloud),
  // Nobody waits for what is forgotten anyway.
  reset: (cloud) => stopAppRunner(cloud, 0),
});
