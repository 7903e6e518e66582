/** A program that runs all the time. */
import type { Duration } from "./duration.ts";
import type { Env, standsInBrowser, standsInEnv, standsInRoutes, standsInText, standsInUses } from "./env.ts";
import { declare, type Declaration } from "./declaration.ts";
import type { Domain } from "./load-balancer.ts";
import type { Override } from "./override.ts";
import type { ProgramOptions } from "./program.ts";
import type { Scale } from "./scale.ts";

/** How a copy is asked whether it is well: by a command in its container, or by a path on its port. */
export type Health = CommandHealth | PathHealth;

/** A command that says whether a copy is well. */
export interface CommandHealth {
  /** A command run in the container; exit code 0 is well. */
  readonly command: readonly string[];
  /** Between two questions, 5 to 300 seconds. @default "30 seconds" */
  readonly every?: Duration;
  /** For one answer, 2 to 120 seconds. @default "5 seconds" */
  readonly timeout?: Duration;
  /** Wrong answers in a row until it is replaced, 1 to 10. @default 3 */
  readonly retries?: number;
  /** How long a new copy is given, 0 to 300 seconds. @default "60 seconds" */
  readonly grace?: Duration;
}

/** A path that says whether a copy is well: asked by the load balancer where there is one, else from within the container. */
export interface PathHealth {
  /** The path on its port. */
  readonly path: `/${string}`;
  /** The statuses that mean well: `"200"`, `"200,204"` or `"200-399"`. Only behind a load balancer. @default "200-399" */
  readonly codes?: string;
  /** Between two questions, 5 to 300 seconds. @default "10 seconds" */
  readonly every?: Duration;
  /** For one answer, 2 to 120 seconds, less than `every`. @default "5 seconds" */
  readonly timeout?: Duration;
  /** Right answers in a row until it gets requests, 2 to 10. Only behind a load balancer. @default 2 */
  readonly successes?: number;
  /** Wrong answers in a row until it is replaced, 2 to 10. @default 3 */
  readonly retries?: number;
  /** How long a new copy is given before wrong answers count, 0 to 300 seconds. @default "60 seconds" */
  readonly grace?: Duration;
}

/**
 * A lasting HTTPS name for a public service, without a load balancer: CloudFront in front, which passes WebSockets, caches nothing and
 * alone can reach its port. What it sends along as `x-origin-secret` the program finds as `ORIGIN_SECRET`, and may compare. In the
 * embedded cloud it is as `true`.
 */
export interface PublicDomain {
  /** The name: `app.example.com`. */
  readonly domain: string;
  /** The zone in Route 53 in which it lies: `example.com`, public and in the same account. */
  readonly zone: string;
}

/**
 * A new version that stands as a whole beside the old one before it gets requests. Only behind a load balancer, where its routes fit one rule: up to five
 * paths of one host. The old version stays for the time of `bake`, and gets all requests back by itself if the new one answers more than ten requests of a
 * minute with 500 to 599.
 */
export type Rollout = {
  /** How long the old version is kept beside the new one when that has all requests, 0 minutes to 1 day, in whole minutes. @default "5 minutes" */
  readonly bake?: Duration;
} & (
  | {
      /** All requests at once. */
      readonly strategy: "blue-green";
    }
  | {
      /** As many percent of the requests more again and again, until it has all. */
      readonly strategy: "linear";
      /** How many percent, 3 to 100. @default 10 */
      readonly percent?: number;
      /** Between two steps, 0 minutes to 1 day, in whole minutes. @default "5 minutes" */
      readonly every?: Duration;
    }
  | {
      /** A few percent of the requests for a time, then all. */
      readonly strategy: "canary";
      /** How many percent, 1 to 99. @default 10 */
      readonly percent?: number;
      /** For how long, 0 minutes to 1 day, in whole minutes. @default "10 minutes" */
      readonly every?: Duration;
    }
);

/** How a service that was declared by another word takes requests: through a load balancer that they share. Not for `service()` itself. */
export interface Entrance {
  readonly kind: "shared" | "nextjs";
  readonly domain: Domain | undefined;
  /** Of a Next.js app: its folder, relative to that of plinth.config.ts. */
  readonly path?: string;
}

export interface ServiceOptions<Port extends number | undefined = number | undefined> extends ProgramOptions {
  /** The port on which it takes requests, 1 to 65535. @default none: nobody can call it */
  readonly port?: Port;
  /** How many copies run: a number, or limits between which it scales. @default 1 */
  readonly scale?: number | Scale;
  /**
   * A path on its port that answers 200 to 399 when it is well, asked by the load balancer where there is one, else from within the
   * container; or a command. @default none; behind a load balancer any answer to `/` below 500
   */
  readonly health?: `/${string}` | Health;
  /**
   * `true`: its copies have public addresses, and anybody can call its port; the URL is temporary and without TLS.
   * With a domain: CloudFront alone can call it, and the URL is `https://DOMAIN`, for good. @default false
   */
  readonly public?: boolean | PublicDomain;
  /**
   * Run its copies on spare capacity, at about a third of the price: any may be stopped with two minutes' notice. In a production stage one copy
   * always stands on capacity that is not taken away. @default false
   */
  readonly spot?: boolean;
  /** Whether one can open a shell in it. @default false */
  readonly exec?: boolean;
  /**
   * How a new version takes over: copy by copy beside the old one, after it (for a program that must not run twice), or as a whole beside the old
   * one, which then gets the requests. @default "rolling"
   */
  readonly deploy?: "rolling" | "replace" | Rollout;
  /** What ECS calls the service: 1 to 255 letters, digits, `-` and `_`. @default `{app}-{stage}-{key}` */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{
    Service: "AWS::ECS::Service";
    TaskDefinition: "AWS::ECS::TaskDefinition";
    TaskRole: "AWS::IAM::Role";
    ExecutionRole: "AWS::IAM::Role";
    LogGroup: "AWS::Logs::LogGroup";
    SecurityGroup: "AWS::EC2::SecurityGroup";
    Distribution: "AWS::CloudFront::Distribution";
  }>;
}

/** A service. In `env` it stands for its internal URL, which needs a port. */
export interface Service<Port extends number | undefined = number | undefined> extends Declaration<"service"> {
  /** Adds variables afterwards: for two programs that name each other. */
  addEnv(env: Env): void;
  readonly [standsInEnv]: [Port] extends [number] ? "may stand in env" : "this service has no port: nobody can call it";
  readonly [standsInUses]: [Port] extends [number] ? "may stand in uses" : "this service has no port: nobody can call it";
  readonly [standsInText]: [Port] extends [number] ? "may stand in text" : "this service has no port: nobody can call it";
  readonly [standsInBrowser]: "nobody outside reaches this service: name a loadBalancer, an appRunner or a nextjs";
  readonly [standsInRoutes]: [Port] extends [number] ? "takes requests" : "only a service with a port takes requests";
}

/** Declares a service. */
export function service<const Port extends number | undefined = undefined>(options: ServiceOptions<Port>): Service<Port> {
  return declare("service", options, (own) => ({ addEnv: (env: Env) => void own.addedEnv.push(env) }));
}
