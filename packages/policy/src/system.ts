/** What is looked at: a set of templates of any origin, and what is known about them beside their text. */
import type { Template } from "@plinth/cloudformation";

/** A template, with what it takes from the others. */
export interface StackTemplate {
  /** The stack's name, or the file's: told apart by it. */
  name: string;
  template: Template;
  /** @default what the template says, else unknown */
  region?: string;
  /** Values of its parameters: known text, or another stack's output. Without one the default counts, else nothing is known. */
  parameters?: Readonly<Record<string, string | { stack: string; output: string }>>;
}

/** A program that is run by a call and not by a resource: a one-off ECS task. */
export interface OneOffProgram {
  name: string;
  source?: string;
  taskDefinition: OutputName;
  subnets: readonly OutputName[];
  securityGroups: readonly OutputName[];
  assignPublicIp: boolean;
}

export interface OutputName {
  stack: string;
  output: string;
}

/** What a resource comes from in the app's file. */
export interface ResourceOrigin {
  /** The inventory key. */
  key: string;
  /** `plinth.config.ts:7` */
  source?: string;
}

export interface System {
  stacks: readonly StackTemplate[];
  /** Whether what stands there matters enough for standbys and backups. @default true */
  production?: boolean;
  origin?: (stack: string, logicalId: string) => ResourceOrigin | undefined;
  programs?: readonly OneOffProgram[];
  /** Names of required secrets that are known to have no value. */
  missingSecrets?: readonly string[];
  /** Findings that were looked at and stay as they are. */
  waived?: readonly Waiver[];
  /** Pairs of places, of which the first must not reach the second. */
  never?: readonly (readonly [from: string, to: string])[];
}

/** A rule that shall not speak, and why. */
export interface Waiver {
  rule: string;
  /** The name of a thing, or a logical id. @default all */
  of?: string;
  because: string;
}
