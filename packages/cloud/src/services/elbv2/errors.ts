/** The errors of Elastic Load Balancing, in AWS's words. */
import { AwsError } from "../../aws-error.ts";

export const validationError = (message: string) => new AwsError("ValidationError", message);
export const invalidConfiguration = (message: string) => new AwsError("InvalidConfigurationRequest", message);
export const loadBalancerNotFound = (arn?: string) =>
  new AwsError("LoadBalancerNotFound", arn === undefined ? "One or more load balancers not found" : `Load balancer '${arn}' not found`);
export const listenerNotFound = (arn?: string) =>
  new AwsError("ListenerNotFound", arn === undefined ? "One or more listeners not found" : `Listener '${arn}' not found`);
export const ruleNotFound = () => new AwsError("RuleNotFound", "One or more rules not found");
export const targetGroupNotFound = (arn?: string) =>
  new AwsError("TargetGroupNotFound", arn === undefined ? "One or more target groups not found" : `Target group '${arn}' not found`);
export const certificateNotFound = (arn: string) => new AwsError("CertificateNotFound", `Certificate '${arn}' not found`);
export const duplicateListener = () => new AwsError("DuplicateListener", "A listener already exists on this port for this load balancer");
export const priorityInUse = (priority: number) => new AwsError("PriorityInUse", `Priority '${priority}' is currently in use`);
export const resourceInUse = (message: string) => new AwsError("ResourceInUse", message);
export const notPermitted = (message: string) => new AwsError("OperationNotPermitted", message);
export const invalidAction = (message: string) => new AwsError("InvalidLoadBalancerAction", message);
export const invalidTarget = (message: string) => new AwsError("InvalidTarget", message);

/** What AWS has and the embedded cloud does not do, named. */
export const refused = (what: string) =>
  new AwsError("NotImplemented", `The embedded cloud does not serve ${what}; docs/parity.md lists what it does.`, 501);
