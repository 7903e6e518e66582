/** ECS's errors, in its own words. */
import { AwsError } from "../../aws-error.ts";

export const clientError = (message: string) => new AwsError("ClientException", message);
export const invalidParameter = (message: string) => new AwsError("InvalidParameterException", message);
export const clusterNotFound = () => new AwsError("ClusterNotFoundException", "Cluster not found.");
export const serviceNotFound = () => new AwsError("ServiceNotFoundException", "Service not found.");
export const serviceDeploymentNotFound = () =>
  new AwsError("ServiceDeploymentNotFoundException", "The specified service deployment could not be found.");
export const conflict = (message: string) => new AwsError("ConflictException", message);
export const serviceNotActive = () => new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
export const resourceNotFound = () => new AwsError("ResourceNotFoundException", "The specified resource could not be found.");
export const unsupported = (message: string) => new AwsError("UnsupportedFeatureException", message);
export const clusterContainsServices = () =>
  new AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.");
export const clusterContainsTasks = () =>
  new AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.");

/** For what AWS does and this cloud does not: said by name, never passed over. */
export const notHere = (what: string) => unsupported(`The embedded cloud does not serve ${what}.`);
