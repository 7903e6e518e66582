/** What the types refuse, in their own words: the last line of tsc's error is the sentence. */
import { expect, test } from "vitest";
import { typeCheck } from "./type-check.ts";

const head = `import { alarms, app, appRunner, aurora, aws, bucket, existing, fileSystem, image, loadBalancer, nextjs, postgres, queue, redis, secret, service, setting, task, text, topic, vpc } from "plinth";
const source = image();
`;

/** What is written, and the last line of each error that it makes. */
const refused: Record<string, [code: string, ...sentences: string[]]> = {
  "never of a name that is not there": [
    'app("a", { region: "eu-central-1", never: [["internet", "databse"]] }, () => ({ database: postgres() }));',
    'Type \'"databse"\' is not assignable to type \'"database" | "internet"\'. Did you mean \'"database"\'?',
  ],
  "waive without a reason": [
    'app("a", { region: "eu-central-1", waive: [{ rule: "rds-single-zone" }] }, () => ({ database: postgres() }));',
    "Property 'because' is missing in type '{ rule: string; }' but required in type 'Waiver<\"database\">'.",
  ],
  "image in env": [
    "service({ image: source, env: { A: source } });",
    "Type '\"an image cannot stand in env: name the program that runs it\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "task in env": [
    "const t = task({ image: source }); service({ image: source, env: { A: t } });",
    "Type '\"a task cannot stand in env: nobody can call it\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "vpc in env": [
    "service({ image: source, env: { A: vpc() } });",
    "Type '\"a vpc cannot stand in env: every program is in it\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "alarms in env": [
    "service({ image: source, env: { A: alarms() } });",
    "Type '\"alarms cannot stand in env: they watch everything by themselves\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "portless service in env": [
    "const worker = service({ image: source }); service({ image: source, env: { A: worker } });",
    "Type '\"this service has no port: nobody can call it\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "aws resource without a use in env": [
    'const t = aws("AWS::SNS::Topic", {}); service({ image: source, env: { A: t } });',
    "Type '\"an aws resource needs a use in env: .allow(…), .ref or .attribute(…)\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "bucket without a use in env": [
    'service({ image: source, env: { A: existing.bucket("b") } });',
    "Type '\"a bucket needs a use: .read, .write or .readWrite\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "facet in uses": [
    "service({ image: source, uses: [postgres().host] });",
    "Type '\"a single value cannot stand in uses: name the resource itself\"' is not assignable to type '\"may stand in uses\"'.",
  ],
  "portless service in uses": [
    "const worker = service({ image: source }); service({ image: source, uses: [worker] });",
    "Type '\"this service has no port: nobody can call it\"' is not assignable to type '\"may stand in uses\"'.",
  ],
  "text in uses": [
    "service({ image: source, uses: [text`a`] });",
    "Type '\"a text cannot stand in uses: name what is in it\"' is not assignable to type '\"may stand in uses\"'.",
  ],
  "secret in text": ["text`${secret()}`;", "Type '\"a secret cannot stand in text\"' is not assignable to type '\"may stand in text\"'."],
  "database in text": [
    "text`${postgres()}`;",
    "Type '\"a secret cannot stand in text\"' is not assignable to type '\"may stand in text\"'.",
  ],
  "password in text": [
    "text`${postgres().password}`;",
    "Type '\"a secret cannot stand in text\"' is not assignable to type '\"may stand in text\"'.",
  ],
  "setting in text": [
    "text`${setting()}`;",
    "Type '\"a setting cannot stand in text: its value is read when the program starts\"' is not assignable to type '\"may stand in text\"'.",
  ],
  "portless service in text": [
    "text`${service({ image: source })}`;",
    "Type '\"this service has no port: nobody can call it\"' is not assignable to type '\"may stand in text\"'.",
  ],
  "unknown property": [
    "postgres({ multiAZ: true });",
    "Object literal may only specify known properties, but 'multiAZ' does not exist in type 'PostgresOptions'. Did you mean to write 'multiAz'?",
  ],
  "command where nothing runs": [
    'redis({ command: ["a"] });',
    "Object literal may only specify known properties, and 'command' does not exist in type 'RedisOptions'.",
  ],
  "unknown instance class": [
    'postgres({ instance: "db.t4g.mikro" });',
    "Type '\"db.t4g.mikro\"' is not assignable to type 'PostgresInstance | undefined'. Did you mean '\"db.t4g.micro\"'?",
  ],
  "unknown node": [
    'redis({ node: "cache.t4g.large" });',
    "Type '\"cache.t4g.large\"' is not assignable to type 'CacheNode | undefined'. Did you mean '\"cache.m6g.large\"'?",
  ],
  "size that Fargate does not offer": [
    'service({ image: source, size: "0.25 vCPU, 4 GB" });',
    "Type '\"0.25 vCPU, 4 GB\"' is not assignable to type 'Size | undefined'. Did you mean '\"0.5 vCPU, 4 GB\"'?",
  ],
  "duration without unit": [
    'service({ image: source, stopTimeout: "30" });',
    'Type \'"30"\' is not assignable to type \'"1 minute" | "2 minutes" | `${number} second` | `${number} seconds` | undefined\'.',
  ],
  "retention that CloudWatch does not offer": [
    'service({ image: source, logs: { retain: "8 days" } });',
    "Type '\"8 days\"' is not assignable to type 'LogRetention | undefined'. Did you mean '\"180 days\"'?",
  ],
  "program without an image": [
    "service({ port: 3000 });",
    "Property 'image' is missing in type '{ port: 3000; }' but required in type 'ServiceOptions<3000>'.",
  ],
  "unknown version": ['postgres({ version: "12" });', "Type '\"12\"' is not assignable to type 'PostgresVersion | undefined'."],
  "unknown secret field": [
    'const s = secret({ fields: ["api_key"] }); s.field("apikey");',
    "Argument of type '\"apikey\"' is not assignable to parameter of type '\"api_key\"'.",
  ],
  "fields in Parameter Store": [
    'secret({ store: "parameter-store", fields: ["a"] });',
    "Property '[refused]' is missing in type 'string[]' but required in type 'OnlySecretsManagerHasFields'.",
  ],
  "unknown stage in pick": [
    'app("a", { region: "eu-west-1", stages: ["prod"] }, ({ pick }) => ({ source, d: postgres({ multiAz: pick({ prd: true, else: false }) }) }));',
    "Argument of type '{ prd: boolean; else: boolean; }' is not assignable to parameter of type '\"prd is no stage of this app\"'.",
  ],
  "pick without else": [
    'app("a", { region: "eu-west-1", stages: ["prod"] }, ({ pick }) => ({ d: postgres({ multiAz: pick({ prod: true }) }) }));',
    "Type 'unknown' is not assignable to type 'boolean | undefined'.",
    "Property 'else' is missing in type '{ prod: boolean; }' but required in type '{ readonly else: unknown; }'.",
  ],
  "unknown stage compared": [
    'app("a", { region: "eu-west-1", stages: ["prod"] }, ({ stage }) => ({ d: postgres({ multiAz: stage === "prd" }) }));',
    'This comparison appears to be unintentional because the types \'"local" | "prod"\' and \'"prd"\' have no overlap.',
  ],
  "unknown production stage": [
    'app("a", { region: "eu-west-1", stages: ["prod"], production: ["prd"] }, () => ({ source }));',
    "Type '\"prd\"' is not assignable to type '\"prod\"'.",
  ],
  "unknown region": [
    'app("a", { region: "eu-west-9" }, () => ({ source }));',
    "Type '\"eu-west-9\"' is not assignable to type 'Region'. Did you mean '\"eu-west-1\"'?",
  ],
  "something that is no resource returned": [
    'app("a", { region: "eu-west-1" }, () => ({ source, n: 3 }));',
    "Type 'number' is not assignable to type 'Declaration<keyof OptionsByKind> | Inventory | undefined'.",
  ],
  "wrong property of an aws resource": [
    'aws("AWS::SNS::Topic", { TopicNam: "a" });',
    "Object literal may only specify known properties, but 'TopicNam' does not exist in type 'Properties<\"AWS::SNS::Topic\">'. Did you mean to write 'TopicName'?",
  ],
  "override of a part that is not there": [
    "postgres({ override: { Service: (p) => p } });",
    'Object literal may only specify known properties, and \'Service\' does not exist in type \'Override<{ DBInstance: "AWS::RDS::DBInstance"; DBParameterGroup: "AWS::RDS::DBParameterGroup"; DBSubnetGroup: "AWS::RDS::DBSubnetGroup"; Connection: "AWS::SecretsManager::Secret"; SecurityGroup: "AWS::EC2::SecurityGroup"; }>\'.',
    "Parameter 'p' implicitly has an 'any' type.",
  ],
  "override that breaks a property": [
    'redis({ override: { ReplicationGroup: (p) => ({ ...p, Port: "6379" }) } });',
    "Type 'string' is not assignable to type 'WithIntrinsics<number | undefined>'.",
  ],
  "queue without a use in env": [
    "service({ image: source, env: { A: queue() } });",
    "Type '\"a queue needs a use: .send, .consume or .sendAndConsume\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "queue without a use in uses": [
    "service({ image: source, uses: [queue()] });",
    "Type '\"a queue needs a use: .send, .consume or .sendAndConsume\"' is not assignable to type '\"may stand in uses\"'.",
  ],
  "queue in text": [
    "text`${queue().send}`;",
    "Type '\"a permission cannot stand in text: name it in uses\"' is not assignable to type '\"may stand in text\"'.",
  ],
  "own bucket without a use in env": [
    "service({ image: source, env: { A: bucket() } });",
    "Type '\"a bucket needs a use: .read, .write or .readWrite\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "topic without a use in env": [
    "service({ image: source, env: { A: topic() } });",
    "Type '\"a topic needs a use: .publish\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "backlog in env": [
    "service({ image: source, env: { A: queue().backlogPerTask(10) } });",
    "Type '\"a backlog cannot stand in env: it is for scale.on\"' is not assignable to type '\"may stand in env\"'.",
  ],
  "load balancer in uses": [
    'service({ image: source, uses: [loadBalancer({ routes: { "/*": service({ image: source, port: 80 }) } })] });',
    "Type '\"a load balancer cannot stand in uses: everybody reaches it\"' is not assignable to type '\"may stand in uses\"'.",
  ],
  "deduplicate without fifo": [
    'queue({ deduplicate: "by-content" });',
    "Type '\"by-content\"' is not assignable to type '\"only a queue with fifo: true deduplicates\"'.",
  ],
  "throughput without fifo": [
    'queue({ fifo: false, throughput: "high" });',
    "Type '\"high\"' is not assignable to type '\"only a queue with fifo: true limits its throughput\"'.",
  ],
  "route to a program without port": [
    'loadBalancer({ routes: { "/*": service({ image: source }) } });',
    "Type '\"only a service with a port takes requests\"' is not assignable to type '\"takes requests\"'.",
  ],
  "route to a program without port, with more": [
    'loadBalancer({ routes: { "/*": { to: service({ image: source }), methods: ["GET"] } } });',
    "Type '\"only a service with a port takes requests\"' is not assignable to type '\"takes requests\"'.",
  ],
  "route that does not begin with a slash": [
    'loadBalancer({ routes: { "api/*": service({ image: source, port: 80 }) } });',
    "Type 'Service<80>' is not assignable to type '\"api/* is no route: write a path that begins with /, or a host and a path\"'.",
  ],
  "route to nothing": ['loadBalancer({ routes: { "/*": undefined } });', "Type 'undefined' is not assignable to type 'Routable | Route'."],
  "route to a bucket": ['loadBalancer({ routes: { "/*": bucket() } });', "Type 'Bucket' is not assignable to type 'Routable | Route'."],
  "rate without its time": [
    'loadBalancer({ routes: {}, firewall: { rateLimit: "2000" } });',
    "Type '\"2000\"' is not assignable to type '`${number} per 1 minute` | `${number} per 10 minutes` | `${number} per 2 minutes` | `${number} per 5 minutes` | undefined'.",
  ],
  "rule that there is not": [
    'loadBalancer({ routes: {}, firewall: { rules: ["xss"] } });',
    "Type '\"xss\"' is not assignable to type 'FirewallRule'.",
  ],
  "tiering that there is not": [
    'bucket({ tiering: "glacier" });',
    'Type \'"glacier"\' is not assignable to type \'"intelligent" | "standard" | undefined\'.',
  ],
  "backlog of a bucket": [
    "service({ image: source, scale: { max: 2, on: bucket().read } });",
    "Property '[backlog]' is missing in type 'UseFacet' but required in type 'Backlog'.",
  ],
  "file system in env": [
    "service({ image: source, env: { A: fileSystem() } });",
    `Type '"a fileSystem cannot stand in env: it is mounted, mounts: { \\"/path\\": files }"' is not assignable to type '"may stand in env"'.`,
  ],
  "folder that does not begin with a slash": [
    'service({ image: source, mounts: { "srv": fileSystem() } });',
    "Object literal may only specify known properties, and '\"srv\"' does not exist in type 'Readonly<Record<`/${string}`, Mountable>>'.",
  ],
  "bucket in mounts": [
    'service({ image: source, mounts: { "/srv": bucket() } });',
    "Type '\"a bucket cannot be mounted: name it in env, or mount a fileSystem\"' is not assignable to type '\"is mounted\"'.",
  ],
  "secret in the browser": [
    'nextjs({ path: ".", env: { NEXT_PUBLIC_KEY: secret() } });',
    "Type '\"a secret must not reach the browser\"' is not assignable to type '\"may reach the browser\"'.",
  ],
  "secret field in the browser": [
    'nextjs({ path: ".", env: { NEXT_PUBLIC_KEY: secret({ fields: ["a"] }).field("a") } });',
    "Type '\"a secret must not reach the browser\"' is not assignable to type '\"may reach the browser\"'.",
  ],
  "database in the browser": [
    'nextjs({ path: ".", env: { NEXT_PUBLIC_URL: aurora() } });',
    "Type '\"a secret must not reach the browser\"' is not assignable to type '\"may reach the browser\"'.",
  ],
  "inner service in the browser": [
    'nextjs({ path: ".", env: { NEXT_PUBLIC_API: service({ image: source, port: 80 }) } });',
    "Type '\"nobody outside reaches this service: name a loadBalancer, an appRunner or a nextjs\"' is not assignable to type '\"may reach the browser\"'.",
  ],
  "public service in routes": [
    'loadBalancer({ routes: { "/*": appRunner({ image: source, port: 80 }) } });',
    "Type '\"an appRunner has an entrance of its own: write a service for routes\"' is not assignable to type '\"takes requests\"'.",
  ],
  "public service in uses": [
    "service({ image: source, uses: [appRunner({ image: source, port: 80 })] });",
    "Type '\"a public service cannot stand in uses: everybody reaches it\"' is not assignable to type '\"may stand in uses\"'.",
  ],
  "public service without a port": [
    "appRunner({ image: source });",
    "Property 'port' is missing in type '{ image: Image; }' but required in type 'AppRunnerOptions'.",
  ],
  "unknown aurora version": ['aurora({ version: "12" });', "Type '\"12\"' is not assignable to type 'AuroraVersion | undefined'."],
  "storage of a database that grows by itself": [
    "aurora({ storage: 20 });",
    "Object literal may only specify known properties, and 'storage' does not exist in type 'AuroraOptions'.",
  ],
  "aurora class that there is not": [
    'aurora({ instance: "db.t4g.micro" });',
    "Type '\"db.t4g.micro\"' is not assignable to type 'AuroraInstance | undefined'.",
  ],
  "aurora in text": ["text`${aurora()}`;", "Type '\"a secret cannot stand in text\"' is not assignable to type '\"may stand in text\"'."],
  "rollout that there is not": [
    'service({ image: source, deploy: { strategy: "a-b" } });',
    'Type \'"a-b"\' is not assignable to type \'"blue-green" | "canary" | "linear"\'.',
  ],
  "percent without steps": [
    'service({ image: source, deploy: { strategy: "blue-green", percent: 10 } });',
    "Object literal may only specify known properties, and 'percent' does not exist in type '{ readonly bake?: Duration | undefined; } & { readonly strategy: \"blue-green\"; }'.",
  ],
  "registry that there is not": [
    'image({ registry: "docker" });',
    'Type \'"docker"\' is not assignable to type \'"private" | "public" | undefined\'.',
  ],
  "unknown endpoint": ['vpc({ endpoints: ["ecs"] });', "Type '\"ecs\"' is not assignable to type 'Endpoint'."],
};

const checked = typeCheck(Object.fromEntries(Object.entries(refused).map(([name, [code]]) => [name.replaceAll(" ", "-"), head + code])));

test.each(Object.entries(refused))("%s", (name, [, ...sentences]) => {
  const errors = checked[name.replaceAll(" ", "-")]!;
  expect(errors.map(({ lines }) => lines.at(-1))).toEqual(sentences);
});

test("what the language offers type-checks, with literal types kept", () => {
  const errors = typeCheck({
    whole: `${head}
import type { Context } from "plinth";
export function data({ production, pick }: Context) {
  return { database: postgres({ multiAz: production, storage: pick({ prod: 100, else: 20 }) }), cache: redis() };
}
export function programs(layer: ReturnType<typeof data>, { pick }: Context<"prod" | "dev" | "local">) {
  const size = pick({
    prod: { database: { instance: "db.r6g.large", multiAz: true }, task: "1 vCPU, 2 GB", scale: { min: 2, max: 4, cpu: 70 } },
    else: { database: { instance: "db.t4g.medium" }, task: "0.5 vCPU, 1 GB", scale: { min: 1, max: 1 } },
  });
  const other = postgres({ version: "16", ...size.database });
  const keys = secret({ fields: ["api_key", "other"] });
  const topic = aws("AWS::SNS::Topic", { TopicName: "orders" });
  const shared = { DATABASE_URL: layer.database, KEY: keys.field("api_key"), HOST: layer.database.host, TOPIC: topic.allow("sns:Publish") };
  const api = service({ image: source, port: 3000, size: size.task, scale: size.scale, env: { ...shared, OFF: undefined, N: 3, B: true } });
  const web = service({ image: source, port: 80, public: true, env: { API: api, V1: text\`\${api}/v1\`, READ: layer.database.readOnly }, uses: [topic.allow("sns:Publish")] });
  api.addEnv({ WEB_URL: web });
  const worker = service({ image: source, override: { TaskDefinition: (p) => ({ ...p, PidMode: "task" }) } });
  return { other, keys, topic, api, web, worker };
}
export const cluster = aurora({ version: "17", capacity: { min: 0, max: 4, pauseAfter: "5 minutes" }, globalRegions: [], logs: { retain: "7 days" } });
export const files = fileSystem({ coldAfter: "30 days", owner: { user: 0, group: 0 } });
export const open = appRunner({ image: source, port: 80, env: { URL: cluster, READ: cluster.readOnly, HOST: cluster.host } });
export const site = nextjs({
  path: "site",
  domain: { name: "example.com", zone: "example.com" },
  env: { NEXT_PUBLIC_API: open, NEXT_PUBLIC_V1: text\`\${open}/v1\`, NEXT_PUBLIC_ID: setting(), NEXT_PUBLIC_N: 3, NEXT_PUBLIC_OFF: undefined, KEY: secret(), URL: cluster },
});
site.addEnv({ NEXT_PUBLIC_B: true });
export const mounted = service({
  image: source,
  port: 80,
  mounts: { "/srv/files": files },
  deploy: { strategy: "canary", percent: 5, every: "3 minutes", bake: "10 minutes" },
  env: { SITE: site, OPEN: open },
});
export const entry = loadBalancer({
  domain: { name: "api.example.com", zone: "example.com" },
  routes: {
    "/api/*": service({ image: source, port: 80 }),
    "api.example.com/v1/*": { to: service({ image: source, port: 81 }), methods: ["GET"], headers: { "x-beta": ["yes"] } },
    "/old/*": { redirect: "/new", permanent: true },
    "/robots.txt": { respond: 200, body: "User-agent: *" },
  },
  firewall: { rateLimit: "2000 per 5 minutes", rules: ["common"] },
});
export const jobs = queue({ fifo: true, deduplicate: "by-content", throughput: "high", deadLetter: { retain: "7 days" } });
export const plainJobs = queue({ delay: "1 minute", deadLetter: false });
export const news = topic({ to: [plainJobs, { queue: plainJobs, filter: { kind: ["a"] } }, "ops@example.com"] });
export const uploads = bucket({ versioned: true, notify: { to: plainJobs, prefix: "in/" }, cors: { origins: ["*"], methods: ["GET"] } });
export const scaled = service({
  image: source,
  scale: { max: 4, on: jobs.backlogPerTask(10), schedule: [{ cron: "0 7 * * ? *", min: 2 }] },
  health: { path: "/health", codes: "200", every: "10 seconds" },
  env: { SEND: jobs.send, DEAD: jobs.dead.consume, NEWS: news.publish, UPLOADS: uploads.readWrite, ENTRY: entry, TEXT: text\`\${entry}/v1\` },
  uses: [jobs.sendAndConsume, uploads.read, news.publish],
});
export const shop = app("shop", { region: "eu-west-1", stages: ["prod", "dev"], production: ["prod"] }, (context) => {
  const layer = data(context);
  return { layer, programs: programs(layer, context), network: vpc({ natGateways: 1 }), bucketless: existing.secret("/shared/key") };
});
export const free = app("free", { region: "eu-west-1" }, ({ stage }) => ({ database: stage === "anything" ? postgres() : undefined }));
export const previews = app("previews", { region: "eu-west-1", stages: ["prod"], previews: { expireAfter: "7 days" } }, ({ stage, preview }) => ({
  queue: aws("AWS::SQS::Queue", { QueueName: preview ? stage : "main" }),
}));
void alarms; void task; void setting;
const inventory = shop.in("prod");
void inventory.layer.database;
`,
  });
  expect(errors["whole"]).toEqual([]);
});
