/** What the types refuse, in their own words: the last line of tsc's error is the sentence. */
import { expect, test } from "vitest";
import { typeCheck } from "./type-check.ts";

const head = `import { alarms, app, aws, existing, image, postgres, redis, secret, service, setting, task, text, vpc } from "plinth";
const source = image();
`;

/** What is written, and the last line of each error that it makes. */
const refused: Record<string, [code: string, ...sentences: string[]]> = {
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
