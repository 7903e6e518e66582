/** What a diagnosis is: it looks at what has been found out about a stage, and names what is wrong, why, and what helps. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import type { ScheduledRotation } from "../secrets/rotation/scheduled.ts";
import type { SecretState } from "../secrets/slots.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import type { Scaler } from "../tasks/scaler.ts";
import type { ServiceState } from "../tasks/service-state.ts";
import type { TaskRunState } from "../tasks/task-runs.ts";

/** `error`: something does not work. `warning`: it works, and something speaks for its not lasting. `hint`: good to know. */
export type Severity = "error" | "warning" | "hint";

export interface Finding {
  severity: Severity;
  /** What it is about: a service, a secret, a database, a stack. */
  subject: string;
  /** What is wrong, in a few words that follow the subject. */
  symptom: string;
  /** Why, as far as it can be seen; a sentence. */
  cause: string;
  /** What helps; a command where there is one. */
  remedy: string;
  /** What was seen, line by line. */
  evidence: readonly string[];
}

export interface Diagnosis {
  /** What it looks for, as `plinth doctor` lists it. */
  title: string;
  look(stage: Stage): Promise<Finding[]> | Finding[];
}

/** What has been found out before the diagnoses begin. */
export interface Stage {
  aws: Aws;
  assembly: Assembly;
  now: Date;
  /** How a command of the CLI is to be completed in a remedy: ` --stage prod`. */
  options: string;
  stacks: ReadonlyMap<string, DeployedStack>;
  services: readonly ServiceFacts[];
  tasks: readonly TaskFacts[];
  /** Rotations that have not ended, as `secrets rotate` takes them. */
  rotations: readonly string[];
  /** Those that the clock rotates. */
  scheduled: readonly ScheduledRotation[];
  scalers: ReadonlyMap<string, Scaler>;
  secrets: readonly SecretState[];
  /** The resources of all stacks. */
  resources: readonly StageResource[];
  /** Since when the stage is stopped. */
  stoppedSince?: string;
}

export interface StageResource {
  stack: string;
  region: string;
  layer: string | undefined;
  logicalId: string;
  physicalId: string;
  type: string;
}

export interface ServiceFacts {
  name: string;
  /** `desired` and `running` are 1 and 0 of a service on App Runner that does not run, which tells no numbers. */
  state: Pick<ServiceState, "desired" | "running" | "rollout" | "rolloutReason">;
  /** The newest first, of the last hour. */
  events: readonly string[];
  /** Tasks that ended by themselves in the last hour, the newest first. */
  stopped: readonly StoppedTask[];
  /** `HEALTHY`, `UNHEALTHY`, `UNKNOWN` of each running task. */
  health: readonly string[];
  targetGroups: readonly string[];
  /** The last lines of the newest stopped task, or of one that runs. */
  lastLines: readonly string[];
}

export interface TaskFacts extends TaskRunState {
  /** The last lines of its last run, where that did not end well. */
  lastLines: readonly string[];
}

export interface StoppedTask {
  id: string;
  at: Date;
  /** ECS's reason, and the container's. */
  reason: string;
  exitCode?: number;
}

/** Lines as evidence, few enough to read. */
export const someOf = (lines: readonly string[], most = 5): string[] => lines.slice(0, most);
