/** Service revisions: what exactly each deployment of a service has brought out. */
import type { ServiceRevision } from "@aws-sdk/client-ecs";
import { registeredTargets } from "./load-balancers.ts";
import { clusterArn, lastName, type Scope, serviceArn, taskDefinitionArn } from "./names.ts";
import { findService, tasksOfService } from "./service.ts";
import { listServiceDeployments } from "./service-deployment.ts";
import { findTaskDefinition } from "./task-definition.ts";

/** A revision by its ARN, from the deployment that made it. */
export function describeServiceRevision(scope: Scope, arn: string): ServiceRevision | undefined {
  const [, cluster, service, number] = arn.slice(arn.lastIndexOf(":") + 1).split("/");
  if (cluster === undefined || service === undefined) return undefined;
  const found = listServiceDeployments(scope, cluster, service).find(({ deployment }) => lastName(deployment.id) === number)?.deployment;
  if (!found) return undefined;
  const record = findService(scope, cluster, service);
  const tasks = record ? tasksOfService(scope, record) : [];
  const definition = findTaskDefinition(scope, `${found.family}:${found.revision}`)?.definition;
  return {
    serviceRevisionArn: arn,
    serviceArn: serviceArn(scope, cluster, service),
    clusterArn: clusterArn(scope, cluster),
    taskDefinition: taskDefinitionArn(scope, found.family, found.revision),
    ...(found.launchType && { launchType: found.launchType }),
    ...(found.strategy && { capacityProviderStrategy: found.strategy }),
    ...(found.platformVersion !== undefined && { platformVersion: "1.4.0", platformFamily: "Linux" }),
    ...(found.network && { networkConfiguration: { awsvpcConfiguration: found.network } }),
    containerImages: (definition?.containerDefinitions ?? []).map(({ name, image }) => ({
      containerName: name,
      image,
      ...digestOf(
        image ?? "",
        tasks.find(({ startedBy }) => startedBy === found.id)?.containers.find((one) => one.name === name),
      ),
    })),
    ...(found.loadBalancers && {
      loadBalancers: found.loadBalancers,
      // Of two groups that take turns, the one that this revision's tasks are in.
      resolvedConfiguration: {
        loadBalancers: registeredTargets(found).map(({ targetGroupArn, advancedConfiguration }) => ({
          targetGroupArn,
          ...(advancedConfiguration && { productionListenerRule: advancedConfiguration.productionListenerRule }),
        })),
      },
    }),
    serviceRegistries: [],
    volumeConfigurations: [],
    vpcLatticeConfigurations: [],
    ...(found.connect && { serviceConnectConfiguration: found.connect.given }),
    guardDutyEnabled: false,
    createdAt: new Date(found.createdMs),
  };
}

/** As the reference names it, else as a task that has been started by it has found it. */
function digestOf(image: string, container: { imageDigest?: string } | undefined): { imageDigest?: string } {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1] ?? container?.imageDigest;
  return digest === undefined ? {} : { imageDigest: digest };
}
