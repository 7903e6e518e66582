/**
 * A service with a public URL and nothing to arrange. App Runner takes no new customers since 2026-04-30, so it is a Fargate service behind a load
 * balancer that all such services of the app share; `runtime: "apprunner"` is App Runner itself, where the account still has it.
 */
import type { Env, standsInBrowser, standsInEnv, standsInRoutes, standsInText, standsInUses, Usable } from "./env.ts";
import { declare, type Declaration } from "./declaration.ts";
import type { Image } from "./image.ts";
import type { Domain } from "./load-balancer.ts";
import type { Override } from "./override.ts";
import type { LogOptions } from "./program.ts";
import type { Scale } from "./scale.ts";
import type { Health } from "./service.ts";
import type { Size } from "./size.ts";

export interface AppRunnerOptions {
  /** The image that it runs. */
  readonly image: Image;
  /** The port on which it takes requests, 1 to 65535. */
  readonly port: number;
  /** The command, as words; it stands in place of the image's CMD. @default the image's own */
  readonly command?: readonly string[];
  /** Processor and memory, a pair that Fargate offers. @default "0.25 vCPU, 0.5 GB" */
  readonly size?: Size;
  /** Its environment. What is named here, it can reach. @default none */
  readonly env?: Env;
  /** What it reaches without a variable. @default none */
  readonly uses?: readonly Usable[];
  /** How many copies run: a number, or limits between which it scales. @default 1 */
  readonly scale?: number | Scale;
  /** How a copy is asked whether it is well. @default any answer to `/` below 500 */
  readonly health?: `/${string}` | Health;
  /** A name with TLS: a certificate, the record in Route 53. @default `http://`, the shared load balancer's name, and this port */
  readonly domain?: Domain | undefined;
  /** On Fargate behind the shared load balancer, or on App Runner itself, which gives a name and TLS of its own. @default "ecs" */
  readonly runtime?: "ecs" | "apprunner";
  /** Where its output goes. App Runner writes into groups of its own. @default a group of its own, kept for 30 days in production stages and else for 7 */
  readonly logs?: LogOptions;
  /** Its files cannot be changed while it runs. @default true; false on App Runner, which cannot */
  readonly readOnlyRoot?: boolean;
  /** What AWS calls the service: 4 to 40 letters, digits, `-` and `_`. @default `{app}-{stage}-{key}` */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{
    Service: "AWS::ECS::Service";
    TaskDefinition: "AWS::ECS::TaskDefinition";
    TargetGroup: "AWS::ElasticLoadBalancingV2::TargetGroup";
    ListenerRule: "AWS::ElasticLoadBalancingV2::ListenerRule";
    AppRunnerService: "AWS::AppRunner::Service";
    TaskRole: "AWS::IAM::Role";
    ExecutionRole: "AWS::IAM::Role";
    LogGroup: "AWS::Logs::LogGroup";
    SecurityGroup: "AWS::EC2::SecurityGroup";
  }>;
}

/** A public service. In `env` and in `text` it stands for its public URL. */
export interface AppRunner extends Declaration<"service" | "appRunner"> {
  /** Adds variables afterwards. */
  addEnv(env: Env): void;
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "a public service cannot stand in uses: everybody reaches it";
  readonly [standsInText]: "may stand in text";
  readonly [standsInRoutes]: "an appRunner has an entrance of its own: write a service for routes";
  readonly [standsInBrowser]: "may reach the browser";
}

/** Declares a public service. */
export function appRunner(options: AppRunnerOptions): AppRunner {
  const addEnv = (own: { addedEnv: Env[] }) => ({ addEnv: (env: Env) => void own.addedEnv.push(env) });
  const { runtime = "ecs", domain, ...program } = options;
  if (runtime !== "ecs") return declare("appRunner", options, addEnv) as unknown as AppRunner;
  return declare("service", { ...program, entrance: { kind: "shared", domain } }, addEnv, "appRunner") as unknown as AppRunner;
}
