/** What the compiler hands on: stacks in the order of deployment, and what the deployer does between them. Plain data. */
import type { Template } from "@plinth/cloudformation";
import type { Expect } from "@plinth/language";

export type Layer =
  | "network"
  | "storage"
  | "secrets"
  | "messaging"
  | "database"
  | "iam"
  | "tasks"
  | "waf"
  | "edge"
  | "compute"
  | "observability";

export interface Assembly {
  app: string;
  stage: string;
  region: string;
  /** Whether data is protected and its loss must be agreed to by name. */
  production: boolean;
  /** In dependency order; an empty layer has none. */
  stacks: Stack[];
  images: Image[];
  /** Files of Next.js apps that CloudFront gives from buckets. @default none */
  webFiles?: WebFiles[];
  secrets: SecretSlot[];
  /** Programs that the deployer runs once: administration of databases first, then `before-services` tasks in order. */
  beforeServices: Run[];
  /** The generated logins and tokens, and what changes them while programs go on. */
  rotations: Rotation[];
  /** Log groups that RDS makes, and what they are to be. */
  serverLogs: ServerLog[];
  programs: Program[];
  /** File systems that some program mounts: how their files are brought back and taken out. */
  fileSystems?: FileSystem[];
  /** Databases and caches: how a person connects to them. */
  stores: Store[];
  /** What `plinth outputs` shows: name in the inventory → output → where its value comes from. */
  outputs: Record<string, Record<string, OutputSource>>;
  /** Logical ids by inventory key, for plans and progress: `network/Vpc` → { key: "network", source: "plinth.config.ts:7" }. */
  origins: Record<string, { key: string; source?: string }>;
  /** Pairs of names of the inventory (or `internet`): the first must not be able to reach the second. */
  never: (readonly [from: string, to: string])[];
  /** Rules of the checks that shall not speak, by the app's word. */
  waived: { rule: string; of?: string; because: string }[];
  /** What is otherwise here than the app says, one sentence each. */
  notes: string[];
  /** What programs of ours make that no template holds, and that stays when the stage is destroyed, one sentence each. */
  leaves: string[];
  /** How much this stage will be used, as far as the app says it. */
  expect?: Expect;
  /** A preview: how long it lives after its last deploy. */
  expireAfterMs?: number;
  /** US dollars a month that this stage may cost. */
  budget?: number;
}

export interface Stack {
  /** `{app}-{stage}-{layer}`; in another region than the app's `{app}-{stage}-{layer}-{region}`. */
  name: string;
  layer: Layer;
  region: string;
  template: Template;
  parameters: Record<string, ParameterSource>;
  tags: Record<string, string>;
  /** Names of the stacks whose outputs it takes, or that must stand before it. */
  dependsOn: string[];
}

export type ParameterSource =
  /** Another stack's output, by stack name. */
  | { from: "output"; stack: string; output: string }
  /** The image's address by digest: `…/repository@sha256:…`. */
  | { from: "image"; image: string }
  /** An availability zone, chosen once by the deployer and kept; from 0. `region` where it is not the app's. */
  | { from: "zone"; index: number; region?: string }
  /** A public zone in Route 53, by its name; `create`: the deployer makes it where there is none. */
  | { from: "hosted-zone"; zone: string; create?: boolean }
  /** A list of addresses that AWS keeps in each region, by its name; kept as deployed. */
  | { from: "prefix-list"; name: string }
  /**
   * Where a global cluster's writer answers, whichever region it is in; empty until the cluster stands, and with `elsewhere` also while the
   * app's own region writes. RDS tells it, and CloudFormation does not (docs/decisions/0046).
   */
  | { from: "global-endpoint"; globalCluster: string; elsewhere?: boolean }
  /** Which of a database's two logins is in use, `a` or `b`; kept as it is unless a rotation switches it. */
  | { from: "login"; database: string }
  /** Whether this update says how many copies run: at creation, and when that number (the parameter `count`) is another. */
  | { from: "sets-count"; count: string }
  /** What a listener rule (its logical id) gives to one of its target groups, by its place; ECS moves it, so it is kept as it stands. */
  | { from: "rule-weight"; rule: string; index: number }
  /** A hash over the version ids of a program's secrets and connections, so that a new version rolls it. */
  | { from: "secret-versions"; program: string }
  /** `true` when an optional secret has a value. */
  | { from: "secret-present"; secret: string }
  | { from: "value"; value: string };

/** The log group of a database's server, which RDS makes when it first writes to it. */
export interface ServerLog {
  /** The database, by its inventory key. */
  name: string;
  group: { stack: string; output: string };
  /** How long lines are kept. */
  retainDays: number;
  /** The ARN of the key that encrypts it. @default CloudWatch's own */
  key?: { stack: string; output: string };
}

export interface Image {
  /** The inventory key, or `app` for images that are not returned: then they share one repository, told apart by tag. */
  name: string;
  /** Where the repository's URI comes from; of a public one its name, since CloudFormation knows no more. */
  repository: { stack: string; output: string };
  /** On ECR Public, in us-east-1. @default ECR of the account, in the app's region */
  registry?: "public";
  /** The build context, absolute. */
  context: string;
  /** Relative to the context. */
  dockerfile: string;
  target?: string;
  args: Record<string, string>;
  platform: "linux/amd64" | "linux/arm64";
  /** Of a Next.js app: its folder, absolute. The embedded cloud, which builds no images, has it built there. */
  nextjs?: string;
}

/** What `next build` makes for browsers under names that carry their content. */
export interface WebFiles {
  /** The inventory key. */
  name: string;
  /** The image whose build makes them. */
  image: string;
  bucket: { stack: string; output: string };
  distribution: { stack: string; output: string };
}

export interface SecretSlot {
  /** The inventory key. */
  name: string;
  kind: "secret" | "setting";
  store: "parameter-store" | "secrets-manager";
  /** What AWS calls it: `/threa/prod/workos-api-key`. */
  id: string;
  required: boolean;
  /** The JSON members that programs name, where it has some. */
  fields?: string[];
  usedBy: string[];
}

/** How a one-off task is run: what RunTask needs, all of it from stack outputs. */
export interface Run {
  name: string;
  purpose: "database-administration" | "file-administration" | "migration" | "by-hand" | "scheduled";
  cluster: { stack: string; output: string };
  taskDefinition: { stack: string; output: string };
  subnets: { stack: string; output: string }[];
  securityGroups: { stack: string; output: string }[];
  assignPublicIp: boolean;
  container: string;
  logGroup: { stack: string; output: string };
  /** For `scheduled`: the name of its schedule. */
  schedule?: { stack: string; output: string };
  /** For `database-administration`: what is to stand in the database when it has run. */
  administration?: {
    database: string;
    /** Where its server answers: another one is administered anew. */
    host: { stack: string; output: string };
    /** Secrets of the two logins, each `{ username, password }`. */
    logins: Record<"a" | "b", { stack: string; output: string }>;
    /** The role that both logins act as: `app` owns the objects, `app_read` reads them and nothing else. */
    owner: string;
    extensions: string[];
  };
}

/** What rotates a secret by the clock. */
export interface RotationSchedule {
  function: { stack: string; output: string };
  /** What it writes, and the alarm's reason. */
  logGroup: { stack: string; output: string };
  /** `rate(30 days)`, `cron(…)`, as Secrets Manager writes it, in UTC. */
  expression: string;
}

/** How the password of a database's logins, or the token of a cache, is changed while programs go on. */
export type Rotation =
  | {
      /** The inventory key. */
      name: string;
      kind: "database";
      /** The runs of `beforeServices` that administer its pairs of logins. */
      administrations: string[];
      /** The generated secrets by which programs connect. */
      connections: { stack: string; output: string }[];
      /** Where the clock rotates it too. */
      schedule?: RotationSchedule;
      /** The administrator's login. */
      master: { secret: { stack: string; output: string }; server: { stack: string; output: string }; serverKind: "instance" | "cluster" };
    }
  | {
      /** The inventory key. */
      name: string;
      kind: "cache";
      token: { stack: string; output: string };
      replicationGroup: { stack: string; output: string };
      /** Where the clock rotates it too. */
      schedule?: RotationSchedule;
      connections: { stack: string; output: string }[];
    };

export interface Program {
  /** The inventory key. */
  name: string;
  kind: "service" | "task";
  cluster: { stack: string; output: string };
  logGroup: { stack: string; output: string };
  container: string;
  /** A service's name in ECS. */
  service?: { stack: string; output: string };
  port?: number;
  /** Whether its tasks have an address that anybody can call. */
  public?: boolean;
  /** A task: how it is run. */
  run?: Run;
  /** Whether one can open a session in its tasks. */
  exec?: boolean;
  /** The inventory keys of the secrets in its environment. */
  secrets: string[];
  /** Generated secrets in its environment: how it connects to databases and caches. */
  connections?: { stack: string; output: string }[];
}

export interface FileSystem {
  /** The inventory key. */
  name: string;
  arn: { stack: string; output: string };
  /** Where on it lies what programs see: `/data`. */
  dataFolder: string;
  /** A task that sees all of it, as root, and runs the shell script in its variable `SCRIPT` at `mountPath`. It may be opened for commands, too. */
  administration: Run;
  mountPath: string;
  /** AWS Backup's vault, and the role by which it copies and brings back; absent: there are no backups. */
  backup?: { vault: { stack: string; output: string }; role: { stack: string; output: string } };
}

export interface Store {
  /** The inventory key. */
  name: string;
  kind: "postgres" | "aurora" | "redis";
  /** The PostgreSQL major, of databases. */
  major?: string;
  /** Whether it sleeps while nobody is connected, so that the first connection waits. @default false */
  pauses?: boolean;
  /** The secret by which programs connect: a JSON object with `host`, `port`, `url`, and `username`, `password`, `dbname` or `token`. */
  connection: { stack: string; output: string };
  /** The programs whose tasks reach it. */
  reachedBy: string[];
}

export type OutputSource =
  | { from: "output"; stack: string; output: string }
  /** `http://ADDRESS:PORT` of a running task of this program, looked up live and temporary. */
  | { from: "task-address"; program: string; port: number }
  | { from: "value"; value: string };
