/** What services and tasks have in common: an image, a size, an environment. */
import type { Env, Usable } from "./env.ts";
import type { Mounts } from "./file-system.ts";
import type { Image } from "./image.ts";
import type { LogRetention } from "./duration.ts";
import type { Size } from "./size.ts";

export interface LogOptions {
  /**
   * The CloudWatch log group, exactly as written: 1 to 512 of `A-Z a-z 0-9 _ / . # -`. Programs may share one (their streams begin with their
   * names); two stages in one account must not. @default `/ecs/{app}-{stage}/{key}`
   */
  readonly group?: string;
  /** How long lines are kept. @default "30 days" in production stages, else "7 days" */
  readonly retain?: LogRetention;
}

export interface ProgramOptions {
  /** The image that it runs. */
  readonly image: Image;
  /** The command, as words; it stands in place of the image's CMD. @default the image's own */
  readonly command?: readonly string[];
  /** Processor and memory, a pair that Fargate offers. @default "0.25 vCPU, 0.5 GB" */
  readonly size?: Size;
  /** Its environment. What is named here, it can reach. @default none */
  readonly env?: Env;
  /** What it reaches without a variable. @default none */
  readonly uses?: readonly Usable[];
  /** Files that outlive it: a folder in its container → a file system. @default none */
  readonly mounts?: Mounts;
  /** Where its output goes. @default a group of its own, kept for 30 days in production stages and else for 7 */
  readonly logs?: LogOptions;
  /** Its files cannot be changed while it runs. `false` for a program that writes beside itself. @default true, without `exec` */
  readonly readOnlyRoot?: boolean;
  /** How long it has after SIGTERM before SIGKILL: 1 second to 2 minutes. @default "30 seconds" */
  readonly stopTimeout?: `${number} second` | `${number} seconds` | "1 minute" | "2 minutes";
  /** Whether it may call the internet, over HTTPS. `false` needs a vpc with endpoints and without NAT gateways. @default true */
  readonly internet?: boolean;
}
