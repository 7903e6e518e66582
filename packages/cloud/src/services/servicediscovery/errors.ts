/** The errors of AWS Cloud Map, in AWS's words. Source: AWS Cloud Map API reference. */
import { AwsError } from "../../aws-error.ts";

export const invalidInput = (message: string) => new AwsError("InvalidInput", message);
export const namespaceNotFound = (id: string) => new AwsError("NamespaceNotFound", `Namespace ${id} not found.`);
export const serviceNotFound = (id: string) => new AwsError("ServiceNotFound", `Service ${id} not found.`);
export const instanceNotFound = (id: string) => new AwsError("InstanceNotFound", `Instance ${id} not found.`);
export const operationNotFound = (id: string) => new AwsError("OperationNotFound", `Operation ${id} not found.`);
export const resourceNotFound = (arn: string) => new AwsError("ResourceNotFoundException", `Resource not found: ${arn}`);
export const resourceInUse = (message: string) => new AwsError("ResourceInUse", message);

export const namespaceExists = (id: string, name: string) =>
  new AwsError("NamespaceAlreadyExists", `Namespace with name ${name} already exists.`, 400, { NamespaceId: id });

export const serviceExists = (id: string, name: string) =>
  new AwsError("ServiceAlreadyExists", `Service with name ${name} already exists.`, 400, { ServiceId: id });

/** What the embedded cloud cannot do, said so by name. */
export const notServedHere = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not ${what}; docs/parity.md lists what it does.`, 501);
