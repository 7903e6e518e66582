/** A program that runs to its end: by hand, before each new version of the services, or by the clock. */
import type { Duration } from "./duration.ts";
import type { Env, standsInEnv, standsInText, standsInUses } from "./env.ts";
import { declare, type Declaration } from "./declaration.ts";
import type { Override } from "./override.ts";
import type { ProgramOptions } from "./program.ts";

/** When a task runs. */
export type TaskRun =
  /** By `plinth run NAME` only. */
  | "by-hand"
  /** On each deploy, before any service gets its new version; services wait for its exit code 0. */
  | "before-services"
  /** Again and again: 1 minute or longer, in whole minutes, hours or days; the first time as soon as it is deployed. */
  | { readonly every: Duration }
  /**
   * AWS's six fields (minute, hour, day of the month, month, day of the week, year), in UTC, with `?` in one of the two days:
   * `"0 3 * * ? *"` is three o'clock each night. One that never comes is refused.
   */
  | { readonly cron: string };

export interface TaskOptions extends ProgramOptions {
  /** When it runs. @default "by-hand" */
  readonly run?: TaskRun;
  /** What ECS calls its family: 1 to 255 letters, digits, `-` and `_`. @default `{app}-{stage}-{key}` */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{
    TaskDefinition: "AWS::ECS::TaskDefinition";
    TaskRole: "AWS::IAM::Role";
    ExecutionRole: "AWS::IAM::Role";
    LogGroup: "AWS::Logs::LogGroup";
    SecurityGroup: "AWS::EC2::SecurityGroup";
  }>;
}

/** A task. */
export interface Task extends Declaration<"task"> {
  /** Adds variables afterwards. */
  addEnv(env: Env): void;
  readonly [standsInEnv]: "a task cannot stand in env: nobody can call it";
  readonly [standsInUses]: "a task cannot stand in uses: nobody can call it";
  readonly [standsInText]: "a task cannot stand in text: nobody can call it";
}

/** Declares a task. */
export function task(options: TaskOptions): Task {
  return declare("task", options, (own) => ({ addEnv: (env: Env) => void own.addedEnv.push(env) }));
}
