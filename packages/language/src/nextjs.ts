/**
 * A Next.js app: its own server (`output: "standalone"`), the same process as on a laptop, behind the app's shared load balancer; CloudFront in front,
 * with the files that never change from a bucket.
 */
import type { Browsable, Env, standsInBrowser, standsInEnv, standsInRoutes, standsInText, standsInUses, Usable } from "./env.ts";
import { declare, type Declaration } from "./declaration.ts";
import { image as newImage, type Image } from "./image.ts";
import type { Domain } from "./load-balancer.ts";
import type { Override } from "./override.ts";
import type { LogOptions } from "./program.ts";
import type { Scale } from "./scale.ts";
import type { Health } from "./service.ts";
import type { Size } from "./size.ts";

/** What may stand in a variable that Next.js puts into pages: open values, and public URLs. */
export type BrowserEnvValue = string | number | boolean | undefined | Browsable;

/** The environment of a Next.js app. `NEXT_PUBLIC_…` is what everybody can read in the browser. */
export type NextjsEnv = Env & Readonly<Record<`NEXT_PUBLIC_${string}`, BrowserEnvValue>>;

export interface NextjsOptions {
  /** The app's folder, relative to that of plinth.config.ts, with a Dockerfile that runs `server.js` of Next.js's standalone output. */
  readonly path: string;
  /** The image that it runs, where the folder is not the whole build context (a monorepo). @default image({ context: path }) */
  readonly image?: Image;
  /** The port on which its server listens; it is told so by `PORT`. 1 to 65535. @default 3000 */
  readonly port?: number;
  /** A name with TLS: certificates, the records in Route 53. @default CloudFront's own name, with TLS */
  readonly domain?: Domain | undefined;
  /**
   * Its environment. What is named here, it can reach. Of `NEXT_PUBLIC_…` those that are known before the deploy are build arguments too, since Next.js
   * writes them into pages when it builds; the others are there when the server runs. @default none
   */
  readonly env?: NextjsEnv;
  /** What it reaches without a variable. @default none */
  readonly uses?: readonly Usable[];
  /** Processor and memory, a pair that Fargate offers. @default "0.25 vCPU, 0.5 GB" */
  readonly size?: Size;
  /** How many copies run: a number, or limits between which it scales. @default 1 */
  readonly scale?: number | Scale;
  /** How a copy is asked whether it is well. @default any answer to `/` below 500 */
  readonly health?: `/${string}` | Health;
  /** Where its output goes. @default a group of its own, kept for 30 days in production stages and else for 7 */
  readonly logs?: LogOptions;
  /** Its files cannot be changed while it runs. Next.js keeps pages that it made again in its own folder. @default false */
  readonly readOnlyRoot?: boolean;
  /** What ECS calls the service: 1 to 255 letters, digits, `-` and `_`. @default `{app}-{stage}-{key}` */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{
    Service: "AWS::ECS::Service";
    TaskDefinition: "AWS::ECS::TaskDefinition";
    TargetGroup: "AWS::ElasticLoadBalancingV2::TargetGroup";
    ListenerRule: "AWS::ElasticLoadBalancingV2::ListenerRule";
    TaskRole: "AWS::IAM::Role";
    ExecutionRole: "AWS::IAM::Role";
    LogGroup: "AWS::Logs::LogGroup";
    SecurityGroup: "AWS::EC2::SecurityGroup";
    Distribution: "AWS::CloudFront::Distribution";
    Assets: "AWS::S3::Bucket";
  }>;
}

/** A Next.js app. In `env` and in `text` it stands for its public URL. */
export interface Nextjs extends Declaration<"service"> {
  /** Adds variables afterwards. */
  addEnv(env: NextjsEnv): void;
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "a public service cannot stand in uses: everybody reaches it";
  readonly [standsInText]: "may stand in text";
  readonly [standsInRoutes]: "a nextjs has an entrance of its own: write a service for routes";
  readonly [standsInBrowser]: "may reach the browser";
}

/** Declares a Next.js app. */
export function nextjs(options: NextjsOptions): Nextjs {
  const { path, image = newImage({ context: path }), domain, port = 3000, env, readOnlyRoot = false, ...program } = options;
  return declare(
    "service",
    {
      ...program,
      image,
      port,
      readOnlyRoot,
      env: { PORT: port, HOSTNAME: "0.0.0.0", NODE_ENV: "production", ...env },
      entrance: { kind: "nextjs", domain, path },
    },
    (own) => ({ addEnv: (more: Env) => void own.addedEnv.push(more) }),
    "nextjs",
  );
}
