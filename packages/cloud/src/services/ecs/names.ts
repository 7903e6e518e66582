/** ECS's ARNs, and the names that requests give instead of them. */
import type { OperationContext } from "../../service.ts";
import { invalidParameter } from "./errors.ts";

export type Scope = Pick<OperationContext, "cloud" | "account" | "region">;

const arn = ({ account, region }: Scope, rest: string) => `arn:aws:ecs:${region}:${account}:${rest}`;

export const clusterArn = (scope: Scope, name: string) => arn(scope, `cluster/${name}`);
export const serviceArn = (scope: Scope, cluster: string, name: string) => arn(scope, `service/${cluster}/${name}`);
export const missingServiceArn = (scope: Scope, name: string) => arn(scope, `service/${name}`);
export const taskArn = (scope: Scope, cluster: string, id: string) => arn(scope, `task/${cluster}/${id}`);
export const containerArn = (scope: Scope, cluster: string, taskId: string, id: string) =>
  arn(scope, `container/${cluster}/${taskId}/${id}`);
export const taskDefinitionArn = (scope: Scope, family: string, revision: number) => arn(scope, `task-definition/${family}:${revision}`);
export const serviceDeploymentArn = (scope: Scope, cluster: string, service: string, id: string) =>
  arn(scope, `service-deployment/${cluster}/${service}/${id}`);
/** The revision of a deployment has the number of its id, `ecs-svc/NUMBER`. */
export const serviceRevisionArn = (scope: Scope, { cluster, name }: { cluster: string; name: string }, deploymentId: string) =>
  arn(scope, `service-revision/${cluster}/${name}/${lastName(deploymentId)}`);

/** The last part of an ARN or of a path of names. */
export function lastName(text: string): string {
  return text.slice(text.lastIndexOf("/") + 1);
}

/** A cluster's name from its name or ARN; `default` when none is given. */
export function clusterName(given: string | undefined): string {
  if (given === undefined || given === "") return "default";
  if (given.startsWith("arn:") && !/^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:cluster\/[\w-]+$/.test(given)) {
    throw invalidParameter("Invalid identifier: Identifier is for a different resource type. Expected: cluster");
  }
  return lastName(given);
}

export const namePattern = /^[a-zA-Z0-9_-]{1,255}$/;
