/** Stacks to what runs, and what is done with it afterwards: only AWS APIs, typed events, nothing printed. */
export { connectAws, findEmbeddedCloud, isAwsError, isHealthy, type Aws } from "./aws.ts";
export { DeployError, type DeployErrorCode } from "./deploy-error.ts";
export { realTime, type Deployment, type Time } from "./deployment.ts";
export { isRunning } from "./process-state.ts";
export type { DeployEvent, Emit, ResourceEvent, StepKind } from "./event.ts";
export type { DataFate } from "./data-fate.ts";
export type { Plan, PlannedChange, PlannedLayer } from "./plan.ts";
export type { DeployResult } from "./deploy.ts";
export type { Destruction, DestroyResult } from "./destroy.ts";
export type { Outputs } from "./outputs.ts";
export type { Status } from "./status.ts";
export type { LogLine } from "./logs.ts";
export type { SecretState } from "./secrets/slots.ts";
export type { TaskResult } from "./tasks/run-task.ts";
export type { ScaleResult } from "./scale.ts";
export type { StopResult } from "./pause/stop-stage.ts";
export type { StartResult } from "./pause/start-stage.ts";
