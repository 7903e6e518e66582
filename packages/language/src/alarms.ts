/** Alarms on everything in the inventory, and one dashboard. */
import type { standsInEnv, standsInText, standsInUses } from "./env.ts";
import { declare, type Declaration } from "./declaration.ts";
import type { Override } from "./override.ts";

/** A limit in percent, 1 to 100; `false` for no such alarm. */
export type Percent = number | false;

export interface AlarmsOptions {
  /** Who is written to; each address must confirm once. @default nobody: alarms show on the dashboard and in `status` */
  readonly email?: string | readonly string[];
  /** Services: average use over ten minutes, and none running for five. @default { cpu: 80, memory: 85, running: true } */
  readonly services?: { readonly cpu?: Percent; readonly memory?: Percent; readonly running?: boolean };
  /**
   * Databases: processor in percent over ten minutes; of `postgres` free storage in gigabytes, of `aurora` the capacity taken, in percent of the most that it
   * may take, over a quarter of an hour. @default { cpu: 80, freeStorage: 5, capacity: 90 }
   */
  readonly databases?: { readonly cpu?: Percent; readonly freeStorage?: number | false; readonly capacity?: Percent };
  /** Caches: memory in percent over ten minutes, of each node. @default { memory: 80 } */
  readonly caches?: { readonly memory?: Percent };
  /**
   * Load balancers: answers 500 to 599 within five minutes, 0 or more; services with a copy that is not well for three minutes of five.
   * @default { errors: 10, unhealthy: true }
   */
  readonly loadBalancers?: { readonly errors?: number | false; readonly unhealthy?: boolean };
  /** Queues: messages in a dead-letter queue, 1 or more. @default { dead: 1 } */
  readonly queues?: { readonly dead?: number | false };
  /**
   * Let the cluster count its tasks and measure each of them (Container Insights); AWS charges for each metric.
   * @default only in production stages, where a service scales by its backlog
   */
  readonly insights?: boolean;
  /** What CloudWatch calls the dashboard: 1 to 255 letters, digits, `-` and `_`. @default `{app}-{stage}` */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{ Topic: "AWS::SNS::Topic"; Dashboard: "AWS::CloudWatch::Dashboard" }>;
}

/** The app's alarms. */
export interface Alarms extends Declaration<"alarms"> {
  readonly [standsInEnv]: "alarms cannot stand in env: they watch everything by themselves";
  readonly [standsInUses]: "alarms cannot stand in uses: they watch everything by themselves";
  readonly [standsInText]: "alarms cannot stand in text: they watch everything by themselves";
}

/** Declares alarms on everything in the inventory. */
export function alarms(options: AlarmsOptions = {}): Alarms {
  return declare("alarms", options);
}
