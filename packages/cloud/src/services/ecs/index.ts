/** ECS: clusters, task definitions, tasks as supervised processes, and services that keep them running. */
import type { DeploymentConfiguration, LoadBalancer } from "@aws-sdk/client-ecs";
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { startEcs, stopEcs } from "./life.ts";
import { clusterArn, clusterName, lastName, serviceArn, taskArn, taskDefinitionArn } from "./names.ts";
import * as accountSettings from "./operations/account-settings.ts";
import * as clusters from "./operations/clusters.ts";
import { executeCommand } from "./operations/ExecuteCommand.ts";
import * as instances from "./operations/container-instances.ts";
import * as refused from "./operations/refused.ts";
import * as serviceDeployments from "./operations/service-deployments.ts";
import * as services from "./operations/services.ts";
import { listTagsForResource, tagResource, untagResource } from "./operations/tags.ts";
import * as taskDefinitions from "./operations/task-definitions.ts";
import { getTaskProtection, updateTaskProtection } from "./operations/task-protection.ts";
import * as tasks from "./operations/tasks.ts";
import { cluster } from "./resources/Cluster.ts";
import { clusterCapacityProviderAssociations } from "./resources/ClusterCapacityProviderAssociations.ts";
import { service } from "./resources/Service.ts";
import { taskDefinition } from "./resources/TaskDefinition.ts";
import { findTaskDefinition } from "./task-definition.ts";
import { serveTask } from "./task-routes.ts";
import { readers } from "./resources/readers.ts";

type Asks<I> = (input: I, context: OperationContext) => Authorization[];
interface InCluster {
  cluster?: string | undefined;
}

const inCluster = (given: string | undefined, context: OperationContext) => ({ "ecs:cluster": clusterArn(context, clusterName(given)) });

const onCluster =
  (action: string): Asks<InCluster> =>
  (input, context) => [{ action: `ecs:${action}`, resource: clusterArn(context, clusterName(input.cluster)) }];

const onService =
  (action: string): Asks<InCluster & { service?: string | undefined; serviceName?: string | undefined }> =>
  (input, context) => [
    {
      action: `ecs:${action}`,
      resource: serviceArn(context, clusterName(input.cluster), lastName(input.service ?? input.serviceName ?? "")),
      conditions: inCluster(input.cluster, context),
    },
  ];

const onTasks =
  (action: string): Asks<InCluster & { tasks?: string[] | undefined }> =>
  (input, context) =>
    (input.tasks ?? []).map((given) => ({
      action: `ecs:${action}`,
      resource: taskArn(context, clusterName(input.cluster), lastName(given)),
      conditions: inCluster(input.cluster, context),
    }));

const onArn =
  (action: string): Asks<{ resourceArn: string }> =>
  ({ resourceArn }) => [{ action: `ecs:${action}`, resource: resourceArn }];

/** The definition's own ARN, with the revision that the request means; and the roles that it passes on. */
const runs =
  (
    action: string,
  ): Asks<
    InCluster & {
      taskDefinition: string;
      overrides?: { taskRoleArn?: string | undefined; executionRoleArn?: string | undefined } | undefined;
    }
  > =>
  (input, context) => {
    const found = findTaskDefinition(context, input.taskDefinition);
    const given = input.taskDefinition.startsWith("arn:")
      ? input.taskDefinition
      : `arn:aws:ecs:${context.region}:${context.account}:task-definition/${input.taskDefinition}`;
    return [
      {
        action: `ecs:${action}`,
        resource: found ? taskDefinitionArn(context, found.family, found.revision) : given,
        conditions: inCluster(input.cluster, context),
      },
      ...passes([
        input.overrides?.taskRoleArn ?? found?.definition.taskRoleArn,
        input.overrides?.executionRoleArn ?? found?.definition.executionRoleArn,
      ]),
    ];
  };

/** Who starts tasks with roles, or registers them so, hands those roles on. */
function passes(roles: readonly (string | undefined)[], to = "ecs-tasks.amazonaws.com"): Authorization[] {
  return [...new Set(roles.filter((role) => role !== undefined && role !== ""))].map((role) => ({
    action: "iam:PassRole",
    resource: role!,
    conditions: { "iam:PassedToService": to },
  }));
}

interface PassedToEcs {
  loadBalancers?: readonly LoadBalancer[] | undefined;
  deploymentConfiguration?: DeploymentConfiguration | undefined;
}

/** The roles with which ECS changes listener rules, and calls the functions of hooks. */
const passesToEcs = ({ loadBalancers = [], deploymentConfiguration }: PassedToEcs): Authorization[] =>
  passes(
    [
      ...loadBalancers.map(({ advancedConfiguration }) => advancedConfiguration?.roleArn),
      ...(deploymentConfiguration?.lifecycleHooks ?? []).map(({ roleArn }) => roleArn),
    ],
    "ecs.amazonaws.com",
  );

export const ecs = defineService({
  id: "ecs",
  operations: {
    CreateCluster: clusters.createCluster,
    DescribeClusters: clusters.describeClusters,
    ListClusters: clusters.listClusterArns,
    DeleteCluster: clusters.deleteCluster,
    UpdateCluster: clusters.updateCluster,
    UpdateClusterSettings: clusters.updateClusterSettings,
    PutClusterCapacityProviders: clusters.putClusterCapacityProviders,
    DescribeCapacityProviders: clusters.describeCapacityProviders,
    RegisterTaskDefinition: taskDefinitions.registerTaskDefinition,
    DescribeTaskDefinition: taskDefinitions.describeTaskDefinition,
    DeregisterTaskDefinition: taskDefinitions.deregisterTaskDefinition,
    DeleteTaskDefinitions: taskDefinitions.deleteTaskDefinitions,
    ListTaskDefinitions: taskDefinitions.listTaskDefinitionArns,
    ListTaskDefinitionFamilies: taskDefinitions.listTaskDefinitionFamilies,
    RunTask: tasks.runTask,
    StartTask: tasks.startTaskOnInstance,
    StopTask: tasks.stopTask,
    DescribeTasks: tasks.describeTasks,
    ListTasks: tasks.listTasks,
    GetTaskProtection: getTaskProtection,
    UpdateTaskProtection: updateTaskProtection,
    CreateService: services.createService,
    UpdateService: services.updateService,
    DeleteService: services.deleteService,
    DescribeServices: services.describeServices,
    ListServices: services.listServiceArns,
    ListServiceDeployments: serviceDeployments.listServiceDeploymentBriefs,
    DescribeServiceDeployments: serviceDeployments.describeServiceDeployments,
    DescribeServiceRevisions: serviceDeployments.describeServiceRevisions,
    ContinueServiceDeployment: serviceDeployments.continueServiceDeployment,
    StopServiceDeployment: serviceDeployments.stopServiceDeployment,
    TagResource: tagResource,
    UntagResource: untagResource,
    ListTagsForResource: listTagsForResource,
    PutAccountSetting: accountSettings.putAccountSetting,
    PutAccountSettingDefault: accountSettings.putAccountSettingDefault,
    DeleteAccountSetting: accountSettings.deleteAccountSetting,
    ListAccountSettings: accountSettings.listAccountSettings,
    ExecuteCommand: executeCommand,
    CreateTaskSet: refused.createTaskSet,
    UpdateServicePrimaryTaskSet: refused.updateServicePrimaryTaskSet,
    CreateCapacityProvider: refused.createCapacityProvider,
    RegisterContainerInstance: instances.registerContainerInstance,
    ListContainerInstances: instances.listContainerInstances,
    DescribeContainerInstances: instances.describeContainerInstances,
    DeregisterContainerInstance: instances.deregisterContainerInstance,
    UpdateContainerInstancesState: instances.updateContainerInstancesState,
    ListAttributes: instances.listAttributes,
    PutAttributes: instances.putAttributes,
    DeleteAttributes: instances.deleteAttributes,
  },
  authorize: {
    DescribeClusters: (input, context) =>
      (input.clusters ?? ["default"]).map((given) => ({
        action: "ecs:DescribeClusters",
        resource: clusterArn(context, clusterName(given)),
      })),
    CreateCluster: (input, context) => [{ action: "ecs:CreateCluster", resource: clusterArn(context, input.clusterName ?? "default") }],
    DeleteCluster: onCluster("DeleteCluster"),
    UpdateCluster: onCluster("UpdateCluster"),
    UpdateClusterSettings: onCluster("UpdateClusterSettings"),
    PutClusterCapacityProviders: onCluster("PutClusterCapacityProviders"),
    RegisterTaskDefinition: (input, context) => [
      {
        action: "ecs:RegisterTaskDefinition",
        resource: `arn:aws:ecs:${context.region}:${context.account}:task-definition/${input.family}:*`,
      },
      ...passes([input.taskRoleArn, input.executionRoleArn]),
    ],
    DeleteTaskDefinitions: (input, context) =>
      input.taskDefinitions.map((given) => ({
        action: "ecs:DeleteTaskDefinitions",
        resource: given.startsWith("arn:") ? given : `arn:aws:ecs:${context.region}:${context.account}:task-definition/${given}`,
      })),
    RunTask: runs("RunTask"),
    StopTask: (input, context) => [
      {
        action: "ecs:StopTask",
        resource: taskArn(context, clusterName(input.cluster), lastName(input.task)),
        conditions: inCluster(input.cluster, context),
      },
    ],
    ExecuteCommand: (input, context) =>
      [clusterArn(context, clusterName(input.cluster)), taskArn(context, clusterName(input.cluster), lastName(input.task))].map(
        (resource) => ({
          action: "ecs:ExecuteCommand",
          resource,
          conditions: {
            ...inCluster(input.cluster, context),
            "ecs:task": taskArn(context, clusterName(input.cluster), lastName(input.task)),
            ...(input.container !== undefined && { "ecs:container-name": input.container }),
          },
        }),
      ),
    DescribeTasks: onTasks("DescribeTasks"),
    GetTaskProtection: onTasks("GetTaskProtection"),
    UpdateTaskProtection: onTasks("UpdateTaskProtection"),
    ListTasks: (input, context) => [{ action: "ecs:ListTasks", resource: "*", conditions: inCluster(input.cluster, context) }],
    CreateService: (input, context) => [...onService("CreateService")(input, context), ...passesToEcs(input)],
    UpdateService: (input, context) => [...onService("UpdateService")(input, context), ...passesToEcs(input)],
    DeleteService: onService("DeleteService"),
    DescribeServices: (input, context) =>
      input.services.map((given) => ({
        action: "ecs:DescribeServices",
        resource: serviceArn(context, clusterName(input.cluster), lastName(given)),
        conditions: inCluster(input.cluster, context),
      })),
    ListServices: (input, context) => [{ action: "ecs:ListServices", resource: "*", conditions: inCluster(input.cluster, context) }],
    ListServiceDeployments: onService("ListServiceDeployments"),
    DescribeServiceDeployments: (input) =>
      input.serviceDeploymentArns.map((resource) => ({ action: "ecs:DescribeServiceDeployments", resource })),
    ContinueServiceDeployment: (input) => [{ action: "ecs:ContinueServiceDeployment", resource: input.serviceDeploymentArn }],
    StopServiceDeployment: (input) => [{ action: "ecs:StopServiceDeployment", resource: input.serviceDeploymentArn }],
    DescribeServiceRevisions: (input) =>
      input.serviceRevisionArns.map((resource) => ({ action: "ecs:DescribeServiceRevisions", resource })),
    DeregisterContainerInstance: onCluster("DeregisterContainerInstance"),
    ListContainerInstances: onCluster("ListContainerInstances"),
    ListAttributes: onCluster("ListAttributes"),
    TagResource: onArn("TagResource"),
    UntagResource: onArn("UntagResource"),
    ListTagsForResource: onArn("ListTagsForResource"),
  },
  readers,
  resources: {
    "AWS::ECS::Cluster": cluster,
    "AWS::ECS::ClusterCapacityProviderAssociations": clusterCapacityProviderAssociations,
    "AWS::ECS::Service": service,
    "AWS::ECS::TaskDefinition": taskDefinition,
  },
  routes: { tasks: serveTask },
  start: startEcs,
  stop: (cloud) => stopEcs(cloud),
  // Nobody waits for what is forgotten anyway.
  reset: (cloud) => stopEcs(cloud, 0),
});
