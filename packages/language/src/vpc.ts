/** The app's network. One in the inventory is the app's; without one there is a plain one. */
import type { LogRetention } from "./duration.ts";
import type { standsInEnv, standsInText, standsInUses } from "./env.ts";
import { declare, type Declaration } from "./declaration.ts";
import type { Override } from "./override.ts";

/** A range of addresses: `10.0.0.0/16`. */
export type Cidr = `${number}.${number}.${number}.${number}/${number}`;

/** Services of AWS that can have an entrance inside the network. `ecr` stands for both of ECR's. */
export type Endpoint =
  | "ecr"
  | "s3"
  | "logs"
  | "secretsmanager"
  | "ssm"
  | "ssmmessages"
  | "sqs"
  | "sns"
  | "kms"
  | "monitoring"
  | "events"
  | "sts"
  | "dynamodb";

export interface Subnets {
  /** One for each zone, with a way in and out. @default .0 and .1 */
  readonly public?: readonly Cidr[];
  /** One for each zone, for programs. @default .2 and .3, where programs are private */
  readonly private?: readonly Cidr[];
  /** One for each zone, for data, without any way out. @default .4 and .5, or `private` where that alone is given */
  readonly database?: readonly Cidr[];
}

export interface VpcOptions {
  /** All its addresses, /16 to /24. @default "10.0.0.0/16" */
  readonly cidr?: Cidr;
  /** Over how many zones it spreads, 2 to 3. Databases need two. @default 2 */
  readonly zones?: 2 | 3;
  /** The subnets' ranges. @default /24 each, as written at each kind */
  readonly subnets?: Subnets;
  /** Ways out for private programs, 0 to `zones`; each costs about $33 a month. @default 0 */
  readonly natGateways?: number;
  /** Entrances to AWS's services inside the network; all but `s3` and `dynamodb` cost about $7 a month for each zone. @default none */
  readonly endpoints?: readonly Endpoint[];
  /** Keep a record of connections. @default false */
  readonly flowLogs?: boolean | { readonly retain: LogRetention };
  /**
   * A small machine in the network through which one reaches what is private, by Session Manager: nothing listens, nobody gets a key. About
   * $4 a month. The embedded cloud needs none: what stands in it is reached directly. @default false
   */
  readonly bastion?: boolean;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{ VPC: "AWS::EC2::VPC"; Bastion: "AWS::EC2::Instance" }>;
}

/** A network. */
export interface Vpc extends Declaration<"vpc"> {
  readonly [standsInEnv]: "a vpc cannot stand in env: every program is in it";
  readonly [standsInUses]: "a vpc cannot stand in uses: every program is in it";
  readonly [standsInText]: "a vpc cannot stand in text: every program is in it";
}

/** Declares the network. */
export function vpc(options: VpcOptions = {}): Vpc {
  return declare("vpc", options);
}
