/** What `plan` says about an app that does not hold: every fault at once, with its code, its key and its line. */
import {
  alarms,
  app,
  appRunner,
  aurora,
  aws,
  bucket,
  existing,
  fileSystem,
  image,
  loadBalancer,
  nextjs,
  postgres,
  queue,
  redis,
  secret,
  service,
  setting,
  task,
  text,
  topic,
  vpc,
} from "@plinth/language";
import type { EnvValue, TaskRun } from "@plinth/language";
import { expect, test } from "vitest";
import { compile, AppFaults, type Fault } from "../src/index.ts";
import { faultsOf, testFolder } from "./compile-app.ts";

const options = { region: "eu-west-1" } as const;
const hidden = (value: unknown): EnvValue => value as EnvValue;

/** The faults without their lines: tests of lines stand below. */
function said(faults: readonly Fault[]): string[] {
  return faults.map(({ code, message }) => `${code}: ${message.replaceAll(/faults\.test\.ts:\d+/g, "FILE:LINE")}`);
}

test("a thing that is used but not returned", () => {
  const shop = app("shop", options, () => {
    const database = postgres();
    const web = service({ image: image(), env: { DATABASE_URL: database } });
    return { web };
  });
  expect(said(faultsOf(shop))).toEqual([
    "used-not-returned: web (env.DATABASE_URL) uses the postgres of FILE:LINE, which has no name: add it to what the app returns",
  ]);
});

test("a waiver without a reason", () => {
  const shop = app("shop", { ...options, waive: [{ rule: "rds-single-zone", of: "database", because: " " }] }, () => ({
    database: postgres(),
  }));
  expect(said(faultsOf(shop))).toEqual(['bad-app: waive names rds-single-zone without a reason: write because: "…"']);
});

test("a thing that is declared, neither used nor returned", () => {
  const shop = app("shop", options, () => {
    redis();
    return { database: postgres() };
  });
  expect(said(faultsOf(shop))).toEqual([
    "declared-not-returned: the redis of FILE:LINE is declared but not returned: add it, or delete it",
  ]);
});

test("a thing that is returned twice", () => {
  const shop = app("shop", options, () => {
    const database = postgres();
    return { database, db: database };
  });
  expect(said(faultsOf(shop))).toEqual([
    "returned-twice: the postgres of FILE:LINE is returned under two names, database and db: keep one",
  ]);
});

test("two things under one key, in groups", () => {
  const shop = app("shop", options, () => ({ a: { database: postgres() }, b: { database: postgres() } }));
  expect(said(faultsOf(shop))).toEqual([
    "same-name: two resources are called database: FILE:LINE and FILE:LINE; a group does not make a name different",
  ]);
});

test("a thing that is joined into a string", () => {
  const shop = app("shop", options, () => {
    const api = service({ image: image(), port: 80 });
    const web = service({ image: image(), env: { URL: `${hidden(api)}/v1`, ALSO: JSON.stringify({ api }) } });
    return { api, web };
  });
  const sentence =
    "joined-into-string: the service of FILE:LINE is joined into a string: its address is known only after the deploy; write text`…`";
  expect(said(faultsOf(shop))).toEqual([sentence, sentence]);
});

test("names the key and the line", () => {
  const line = Number(/:(\d+):\d+\)?$/m.exec(new Error("here").stack!.split("\n")[1]!)![1]) + 1;
  const shop = app("shop", options, () => ({ web: service({ image: image(), port: 70_000 }) }));
  expect(faultsOf(shop)).toEqual([
    {
      code: "bad-option",
      key: "web",
      message: "web: port is 70000: write a whole number from 1 to 65535",
      source: `faults.test.ts:${line}`,
    },
  ]);
});

test("all faults are said at once", () => {
  const shop = app("shop", options, () => {
    const source = image();
    return {
      network: vpc({ natGateways: 5 }),
      other: vpc(),
      web: service({ image: source, size: "1 vCPU, 64 GB" as never, public: true, health: "/health", scale: { min: 3, max: 2 } }),
      lasting: service({ image: source, port: 90, public: { domain: "a.example.com", zone: "example.org" } }),
      second: service({ image: source, port: 80, public: { domain: "a.example.com", zone: "Example" } }),
      database: postgres({ version: "9" as never, storage: 10, database: "1st", parameters: { "rds.force_ssl": 0 } }),
      cache: redis({ engine: "redis 5" as never, replicas: 9 }),
      job: task({ image: source, run: { every: "90 seconds" } }),
      token: secret({ store: "parameter-store", name: "no-slash" }),
      alerts: alarms({ email: "nobody" }),
    };
  });
  expect(said(faultsOf(shop))).toEqual([
    'bad-option: web: size is "1 vCPU, 64 GB", which Fargate does not offer: write a pair like "0.5 vCPU, 1 GB"',
    "bad-option: web: scale.max is 2: write a whole number from 3 to 1000",
    "no-port: web is public but has no port: nobody can call it",
    "no-port: web: health is a path, but it has no port to ask: give a port, or health: { command: [...] }",
    'bad-option: lasting: public.domain is "a.example.com", which does not lie in the zone example.org',
    "bad-option: lasting: port is 90: CloudFront calls 80, 443, and 1024 to 65535",
    'bad-option: second: public.zone is "Example", which is not a zone\'s name, like example.com',
    'bad-option: second: public.domain is "a.example.com", which does not lie in the zone Example',
    "same-domain: lasting and second both are a.example.com: give each a name of its own",
    'bad-option: job: run.every is "90 seconds": write whole minutes, hours or days, like "15 minutes"',
    'bad-option: database: version is "9": write one of "14", "15", "16", "17", "18"',
    "bad-option: database: storage is 10: write a whole number from 20 to 65536",
    'bad-option: database: database is "1st", which is not 1 to 63 letters, digits and _, a letter first',
    "bad-option: database: rds.force_ssl cannot be taken away: every connection is encrypted",
    'bad-option: cache: engine is "redis 5": write one of "valkey 8", "redis 7"',
    "bad-option: cache: replicas is 9: write a whole number from 0 to 5",
    "bad-option: network: natGateways is 5: write a whole number from 0 to 2",
    'bad-option: alerts: email is "nobody", which is not an e-mail address',
    'bad-option: token: name is "no-slash", which is not a parameter\'s name that begins with /',
    "two-networks: network and other are both networks: an app has one",
  ]);
});

test("what types refuse is refused at run time too", () => {
  const shop = app("shop", options, () => {
    const source = image();
    const worker = service({ image: source });
    const topic = aws("AWS::SNS::Topic", {});
    const network = vpc();
    const key = secret();
    const level = setting();
    const web = service({
      image: source,
      env: {
        A: hidden(worker),
        B: hidden(topic),
        C: hidden(network),
        D: hidden(source),
        E: hidden({}),
        F: hidden(text`${key as never}`),
        G: hidden(text`${level as never}`),
        H: hidden(existing.bucket("b")),
        "I-J": "k",
      },
      uses: [worker as never, postgres as never],
    });
    return { worker, topic, network, key, level, web, number: 3 as never, name: "a" as never };
  });
  expect(said(faultsOf(shop))).toEqual([
    "not-a-resource: number is a number: the app returns resources, and groups of them",
    "not-a-resource: name is a string: the app returns resources, and groups of them",
    "cannot-stand-here: web (env.A): this service has no port: nobody can call it",
    "cannot-stand-here: web (env.B): an aws resource needs a use in env: .allow(…), .ref or .attribute(…)",
    "cannot-stand-here: web (env.C): a vpc cannot stand in env: every program is in it",
    "cannot-stand-here: web (env.D): an image cannot stand in env: name the program that runs it",
    "cannot-stand-here: web (env.E): an object cannot stand in env: write a text, a number, or a resource",
    "cannot-stand-here: web (env.F): a secret cannot stand in text",
    "cannot-stand-here: web (env.G): a setting cannot stand in text: its value is read when the program starts",
    "cannot-stand-here: web (env.H): a bucket needs a use: .read, .write or .readWrite",
    'cannot-stand-here: web (env.I-J): "I-J" cannot be a variable: write letters, digits and "_", no digit first',
    "cannot-stand-here: web (uses[0]): this service has no port: nobody can call it",
    "cannot-stand-here: web (uses[1]): a function cannot stand in uses: name a resource",
  ]);
});

test("networks that do not hold", () => {
  const network = (options_: Parameters<typeof vpc>[0]) =>
    said(faultsOf(app("shop", options, () => ({ network: vpc(options_), web: service({ image: image() }) }))));
  expect(network({ subnets: { public: ["10.0.0.0/24", "10.0.0.128/25"] } })).toEqual([
    "bad-subnets: network: subnets.public: 10.0.0.128/25 and 10.0.0.0/24 overlap",
  ]);
  expect(network({ subnets: { database: ["10.1.0.0/24"] } })).toEqual([
    "bad-subnets: network: subnets.database has 1 ranges: give one for each of 2 zones",
    "bad-subnets: network: subnets.database: 10.1.0.0/24 lies outside 10.0.0.0/16",
  ]);
  expect(network({ cidr: "10.0.0.1/16" })).toEqual([
    'bad-subnets: network: "10.0.0.1/16" cannot be the network\'s range: write one from /16 to /24 that begins on its own boundary, like "10.0.0.0/16"',
  ]);
  expect(network({ endpoints: ["ecr", "s3", "logs"] })).toEqual([
    "no-way-out: web may call the internet, but its network has no way out: give the vpc natGateways: 1, or web internet: false",
  ]);
  expect(said(faultsOf(app("shop", options, () => ({ a: vpc(), b: vpc() }))))).toEqual([
    "two-networks: a and b are both networks: an app has one",
  ]);
  expect(said(faultsOf(app("shop", options, () => ({ web: service({ image: image(), internet: false, env: { A: "b" } }) }))))).toEqual([
    'internet-refused: web says internet: false, but its network has a way out, through which its image is pulled: declare vpc({ endpoints: ["ecr", "s3", "logs"] }) without NAT gateways',
  ]);
});

test("stages", () => {
  const shop = app("shop", { ...options, stages: ["prod", "dev"] }, () => ({ database: postgres() }));
  expect(said(faultsOf(shop as never, "prd"))).toEqual(['no-such-stage: shop has no stage "prd": its stages are prod, dev, local']);
  expect(said(faultsOf(shop as never, "Prod"))).toEqual([
    'no-such-stage: "Prod" cannot be a stage: write 1 to 20 lower-case letters, digits and "-", a letter first',
  ]);
  expect(faultsOf(shop as never, "local", { local: true })).toEqual([]);
  expect(
    faultsOf(
      app("free", options, () => ({ database: postgres() })),
      "any-name",
    ),
  ).toEqual([]);
});

test("an app itself", () => {
  const wrong = app("Shop!", { region: "mars" as never, stages: ["prod"], production: ["prd" as never] }, () => ({}));
  expect(said(faultsOf(wrong as never))).toEqual([
    'bad-app: "Shop!" cannot be an app\'s name: write 1 to 24 lower-case letters, digits and "-", a letter first and no "-" last',
    'bad-app: "mars" is no region: write one like "eu-central-1"',
    'bad-app: production names "prd", which is none of the stages prod',
  ]);
  expect(() => compile({} as never, { stage: "prod", local: false, configFolder: testFolder })).toThrow(
    new AppFaults([{ code: "no-app", message: "plinth.config.ts exports no app: write export default app(…)" }]),
  );
  expect(() => app("shop", options, () => ({})).in("prod")).toThrow(
    /^shop\.in\("prod"\): an app cannot name the things of another app yet/,
  );
});

test("names that AWS would not tell apart", () => {
  const shop = app("shop", options, () => ({ webApp: postgres(), web_app: postgres() }));
  expect(said(faultsOf(shop))).toEqual(["alike-names: webApp and web_app would be called the same in AWS, web-app: rename one"]);
});

test("times that never come", () => {
  const clock = (run: TaskRun) => app("clock", options, () => ({ job: task({ image: image(), run }) }));
  expect(faultsOf(clock({ every: "1 hour" }), "local", { local: true })).toEqual([]);
  for (const cron of ["0 3 * * ? *", "0/15 8-17 ? * MON-FRI *", "0 3 29 2 ? *", "0 3 ? * 6L 2098", "0 3 LW 1,7 ? 2026-2199"]) {
    expect([cron, faultsOf(clock({ cron }))]).toEqual([cron, []]);
  }
  for (const cron of ["0 3 31 2 ? *", "0 3 30 FEB ? *", "0 3 * * ? 2020", "0 0 31 4,6,9,11 ? *"]) {
    expect(said(faultsOf(clock({ cron })))).toEqual([
      `bad-option: job: run.cron is "${cron}", which never comes: no day from today on is one of its days`,
    ]);
  }
  for (const cron of ["60 3 * * ? *", "0 3 1 * MON *", "0 3 ? * ? *", "0 3 * * * *", "0 25 * * ? *"]) {
    expect(said(faultsOf(clock({ cron })))).toEqual([
      `bad-option: job: run.cron is "${cron}": write AWS's six fields, with ? in one of the two days (the third and the fifth field), like "0 3 * * ? *"`,
    ]);
  }
  for (const every of ["0 minutes", "0 days", "30 seconds"] as const) {
    expect(said(faultsOf(clock({ every })))).toEqual([
      `bad-option: job: run.every is "${every}": write whole minutes, hours or days, like "15 minutes"`,
    ]);
  }
});

test("programs that share a log group keep it for one time", () => {
  const shop = app("shop", options, () => {
    const source = image();
    return {
      a: service({ image: source, logs: { group: "/shop", retain: "14 days" } }),
      b: service({ image: source, logs: { group: "/shop" } }),
    };
  });
  expect(said(faultsOf(shop))).toEqual(["log-group-shared: a and b write into /shop, but keep it for 14 days and 7 days: keep one"]);
});

const entryOf = (routes: (parts: { api: unknown; worker: unknown; files: unknown }) => object, more: object = {}) =>
  app("shop", options, () => {
    const source = image();
    const api = service({ image: source, port: 80 });
    const worker = service({ image: source });
    const files = bucket();
    const entry = loadBalancer({ routes: routes({ api, worker, files }), ...more } as never);
    return { api, worker, files, entry };
  });

test.each<[string, Parameters<typeof entryOf>, ...string[]]>([
  [
    "a route that does not begin with a slash",
    [({ api }) => ({ "api/*": api })],
    'bad-route: entry: "api/*" is no route: write a path that begins with /, like "/api/*", or a host and a path, like "api.example.com/*"',
  ],
  [
    "a route to nothing",
    [() => ({ "/api/*": undefined })],
    'bad-route: entry: the route "/api/*" leads to nothing: write a service with a port, a redirect or an answer',
  ],
  [
    "a route to a bucket",
    [({ files }) => ({ "/files/*": files })],
    'bad-route: entry: the route "/files/*" leads to files, which is no service: only a service with a port takes requests',
  ],
  [
    "a route to a program without a port",
    [({ worker }) => ({ "/*": worker })],
    'no-port: entry: the route "/*" leads to worker, which has no port: only a service with a port takes requests, so give it one',
  ],
  [
    "two services on one path",
    [({ api }) => ({ "api.example.com/v1/*": api, "API.example.com/v1/*": { to: api } })],
    'same-route: entry: "api.example.com/v1/*" and "API.example.com/v1/*" are the same path: one request goes to one service, keep one',
  ],
  ["no routes", [() => ({})], 'no-routes: entry has no routes: write routes: { "/*": … } with a service that has a port'],
  [
    "more values than a rule may have",
    [({ api }) => ({ "a.example.com/*": { to: api, methods: ["GET", "PUT"], query: { a: ["1", "2"] } } })],
    'bad-route: entry: the route "a.example.com/*" has 6 values in its conditions, and a rule may have 5: make two routes of it',
  ],
  [
    "redirects and answers that are none",
    [() => ({ "/a": { redirect: "www.example.com" }, "/b": { respond: 302 } })],
    'bad-route: entry: the route "/a" redirects to "www.example.com", which is no address: write "https://www.example.com/#{path}", or a path',
    'bad-route: entry: the route "/b" responds with 302: write a status from 200 to 299 or 400 to 599',
  ],
  [
    "a firewall that does not hold",
    [({ api }) => ({ "/*": api }), { firewall: { rateLimit: "5 per 5 minutes", rules: ["xss"] }, idleTimeout: "2 hours" }],
    'bad-option: entry: idleTimeout is "2 hours": write 1 to 4000 seconds, with the unit, like "1 second"',
    'bad-option: entry: firewall.rateLimit is "5 per 5 minutes": write 10 to 2000000000 per 1, 2, 5 or 10 minutes, like "2000 per 5 minutes"',
    'bad-option: entry: firewall.rules is "xss": write one of "common", "sql-injection", "known-bad-inputs", "ip-reputation"',
  ],
])("load balancer: %s", (_, [routes, more], ...sentences) => {
  expect(said(faultsOf(entryOf(routes, more)))).toEqual(sentences);
});

test("things that are named outside of env need a name too", () => {
  const shop = app("shop", options, () => {
    const source = image();
    const jobs = queue();
    const entry = loadBalancer({ routes: { "/*": service({ image: source, port: 80 }) }, accessLogs: bucket() });
    const news = topic({ to: [jobs] });
    const files = bucket({ notify: { to: topic() } });
    return { entry, news, files, worker: service({ image: source, scale: { max: 2, on: jobs.backlogPerTask(1) } }) };
  });
  expect(said(faultsOf(shop))).toEqual([
    'used-not-returned: entry (routes["/*"]) uses the service of FILE:LINE, which has no name: add it to what the app returns',
    "used-not-returned: entry (accessLogs) uses the bucket of FILE:LINE, which has no name: add it to what the app returns",
    "used-not-returned: news (to[0]) uses the queue of FILE:LINE, which has no name: add it to what the app returns",
    "used-not-returned: files (notify) uses the topic of FILE:LINE, which has no name: add it to what the app returns",
    "used-not-returned: worker (scale.on) uses the queue of FILE:LINE, which has no name: add it to what the app returns",
  ]);
});

test("every new kind: declared and not returned, and returned twice", () => {
  const shop = app("shop", options, () => {
    queue();
    topic();
    bucket();
    const jobs = queue();
    return { jobs, again: jobs };
  });
  expect(said(faultsOf(shop))).toEqual([
    "returned-twice: the queue of FILE:LINE is returned under two names, jobs and again: keep one",
    ...["queue", "topic", "bucket"].map(
      (kind) => `declared-not-returned: the ${kind} of FILE:LINE is declared but not returned: add it, or delete it`,
    ),
  ]);
});

test("queues, topics and buckets that do not hold", () => {
  const shop = app("shop", options, () => {
    const plain = queue({ deduplicate: "by-content" } as never);
    const ordered = queue({ fifo: true, attempts: 0, visibilityTimeout: "13 hours" });
    const lost = queue({ deadLetter: false });
    const news = topic({ to: [ordered, "nobody"] });
    const files = bucket({
      expire: { oldVersions: "3 days" },
      notify: { to: ordered },
      cors: { origins: ["example.com"], methods: ["GET"] },
    });
    const web = service({
      image: image(),
      env: { LOST: lost.dead.consume, FILES: hidden(files), NEWS: hidden(news), PLAIN: hidden(plain) },
    });
    return { plain, ordered, lost, news, files, web };
  });
  expect(said(faultsOf(shop))).toEqual([
    "cannot-stand-here: web (env.FILES): a bucket needs a use: .read, .write or .readWrite",
    "cannot-stand-here: web (env.NEWS): a topic needs a use: .publish",
    "cannot-stand-here: web (env.PLAIN): a queue needs a use: .send, .consume or .sendAndConsume",
    "only-fifo: plain: deduplicate stands only with fifo: true: add that, or leave deduplicate out",
    "bad-option: ordered: attempts is 0: write a whole number from 1 to 1000",
    'bad-option: ordered: visibilityTimeout is "13 hours": write 0 to 43200 seconds, with the unit, like "0 seconds"',
    "no-dead-letters: web names lost.dead, but lost has deadLetter: false: leave one of both out",
    "only-fifo: news: ordered has fifo: true, which only a topic with fifo: true reaches: give news fifo: true",
    'bad-option: news: to[1] is "nobody", which is not an e-mail address',
    "bad-option: files: expire.oldVersions needs versioned: true: without it there are no old versions",
    'bad-option: files: cors[0].origins is "example.com", which is not an origin, like "https://example.com" without a path, or "*"',
    "only-standard: files: S3 tells no queue with fifo: true: let ordered be without, or name another",
  ]);
});

test("a secret field that was not declared", () => {
  const shop = app("shop", options, () => {
    const keys = secret({ fields: ["api_key"] });
    const plain = secret();
    const field = (of: { field(name: never): EnvValue }, name: string) => of.field(name as never);
    return { keys, plain, web: service({ image: image(), env: { A: field(keys, "apikey"), B: field(plain, "token") } }) };
  });
  expect(said(faultsOf(shop))).toEqual([
    "no-such-field: web (env.A) names the field apikey of keys, which it was not declared with: it has api_key",
    'no-such-field: web (env.B) names the field token of plain, which it was not declared with: declare it, secret({ fields: ["token"] })',
  ]);
});

test("scaling that does not hold", () => {
  const shop = app("shop", options, () => {
    const source = image();
    const a = service({ image: source, port: 80, scale: { max: 2, requestsPerTarget: 10 } });
    const b = service({ image: source, scale: { max: 2, on: hidden(bucket().read) as never } });
    const c = service({ image: source, scale: { schedule: [{ cron: "7 o'clock" }] } });
    const d = service({ image: source, port: 80, health: { path: "/", every: "5 seconds", timeout: "5 seconds", codes: "ok" } });
    const metric = { namespace: "Shop", name: "Open", target: 0 };
    const e = service({ image: source, scale: { max: 2, metric: [metric, { ...metric, target: 9, statistic: "p99" as never }, metric] } });
    return { a, b, c, d, e };
  });
  expect(said(faultsOf(shop)).slice(1)).toEqual([
    "bad-option: b: scale.on is no backlog: write the queue's, on: runs.backlogPerTask(10)",
    'bad-option: c: scale.schedule[0].cron is "7 o\'clock": write AWS\'s six fields, like "0 7 ? * MON-FRI *"',
    "bad-option: c: scale.schedule[0] changes nothing: give min, max or both",
    'bad-option: d: health.codes is "ok", which is not statuses from 200 to 499, like "200,204" or "200-399"',
    "bad-option: d: health.timeout is 5 seconds and health.every 5: one answer must take less than the time to the next question",
    "bad-option: e: scale.metric[0].target is 0: write a number above 0",
    'bad-option: e: scale.metric[1].statistic is "p99": write one of "average", "minimum", "maximum", "sum", "count"',
    "bad-option: e: scale.metric[2].target is 0: write a number above 0",
    "bad-option: e: scale.metric[2] is the metric of another one: keep one target for it",
    "no-load-balancer: a: scale.requestsPerTarget counts what a load balancer sends, but none has a route to a: give it one, or aim at cpu",
  ]);
});

test("a task cannot name a load balancer that has no name of its own", () => {
  const shop = (domain?: { name: string; zone: string }) =>
    app("shop", options, () => {
      const source = image();
      const entry = loadBalancer({ routes: { "/*": service({ image: source, port: 80 }) }, domain });
      return { entry, job: task({ image: source, env: { ENTRY: entry } }) };
    });
  expect(said(faultsOf(shop())).slice(1)).toEqual([
    "not-there-yet: job names entry, whose address is known only after tasks are made: give entry a domain, or leave it out of job",
  ]);
});

test("a database on Aurora that does not hold, or would never pause", () => {
  const shop = app("shop", options, () => ({
    awake: aurora({ proxy: true, capacity: { min: 0 } }),
    copied: aurora({ globalRegions: ["us-east-1"], capacity: { min: 0 } }),
    halves: aurora({ capacity: { min: 0.7, max: 0.5 } }),
    paused: aurora({ capacity: { min: 1, pauseAfter: "5 minutes" } }),
    soon: aurora({ capacity: { min: 0, pauseAfter: "1 minute" } }),
    both: aurora({ instance: "db.t4g.medium", capacity: { max: 2 }, readers: 16 }),
    regions: aurora({ globalRegions: ["eu-west-1", "us-east-1", "us-east-1"], backup: { retain: "0 days" } }),
    names: aurora({ secrets: { connection: "a", password: "a" } }),
  }));
  expect(said(faultsOf(shop))).toEqual([
    "never-pauses: awake: a proxy keeps it awake, so min: 0 never comes: leave out proxy, or give capacity.min 0.5",
    "never-pauses: copied: its copies keep it awake, so min: 0 never comes: leave out globalRegions, or give capacity.min 0.5",
    "bad-option: halves: capacity.min is 0.7: write 0, or 0.5 to 256 in halves",
    "bad-option: halves: capacity.max is 0.5: write 1 to 256 in halves",
    "never-pauses: paused: pauseAfter says when it pauses, but capacity.min is 1: a database pauses only with min: 0",
    'bad-option: soon: capacity.pauseAfter is "1 minute": write 5 minutes to 1 day, like "20 minutes"',
    "bad-option: both: readers is 16: write a whole number from 0 to 15",
    "bad-option: both: instance and capacity exclude each other: a fixed machine, or one that follows the load",
    "bad-option: regions: backup.retain is 0: write a whole number from 1 to 35",
    "bad-option: regions: globalRegions names eu-west-1, where the database itself stands",
    "bad-option: regions: globalRegions names us-east-1 twice: keep one",
    "bad-option: names: secrets names both a: give each a name of its own",
  ]);
});

test("files that are not mounted so", () => {
  const shop = app("shop", options, () => {
    const files = fileSystem({ owner: { user: -1, group: 5 } });
    const mounts = { "srv/": files, "/data": hidden(bucket()) } as never;
    return { files, web: service({ image: image(), mounts, env: { FILES: hidden(files) } }) };
  });
  expect(said(faultsOf(shop))).toEqual([
    'cannot-stand-here: web (env.FILES): a fileSystem cannot stand in env: it is mounted, mounts: { "/path": files }',
    'cannot-stand-here: web (mounts["/data"]): only a fileSystem is mounted: declare one, const files = fileSystem(), and write mounts: { "/data": files }',
    "declared-not-returned: the bucket of FILE:LINE is declared but not returned: add it, or delete it",
    'bad-option: web: mounts is "srv/", which is not a folder in the container, like /srv/files',
    "bad-option: files: owner.user is -1: write a whole number from 0 to 4294967295",
  ]);
});

test("what must not reach the browser", () => {
  const shop = app("shop", options, () => {
    const key = secret();
    const database = postgres();
    const inner = service({ image: image(), port: 80 });
    const files = bucket();
    const site = nextjs({
      path: "site",
      env: {
        NEXT_PUBLIC_KEY: hidden(key) as never,
        NEXT_PUBLIC_URL: hidden(database) as never,
        NEXT_PUBLIC_HOST: hidden(database.host) as never,
        NEXT_PUBLIC_INNER: hidden(inner) as never,
        NEXT_PUBLIC_FILES: hidden(files.read) as never,
      },
    });
    return { key, database, inner, files, site };
  });
  expect(said(faultsOf(shop))).toEqual([
    "cannot-stand-here: site (env.NEXT_PUBLIC_KEY): a secret must not reach the browser",
    "cannot-stand-here: site (env.NEXT_PUBLIC_URL): a secret must not reach the browser",
    "cannot-stand-here: site (env.NEXT_PUBLIC_HOST): nobody outside reaches it: a browser has no use for it",
    "cannot-stand-here: site (env.NEXT_PUBLIC_INNER): nobody outside reaches this service: name a loadBalancer, an appRunner or a nextjs",
    "cannot-stand-here: site (env.NEXT_PUBLIC_FILES): a browser has no permissions: give them to the program",
  ]);
});

test("public services that do not hold, and what App Runner asks for", () => {
  const shop = app("shop", options, () => {
    const source = image();
    const shown = image({ registry: "public" });
    const domain = { name: "a.example.com", zone: "example.com" };
    const one = appRunner({ image: source, port: 3000 });
    const two = appRunner({ image: source, port: 3000 });
    const plain = appRunner({ image: source, port: 80 });
    const named = appRunner({ image: source, port: 81, domain });
    const again = nextjs({ path: ".", domain });
    const outside = appRunner({ image: shown, port: 82, domain: { name: "a.other.com", zone: "example.com" } });
    const runner = appRunner({ image: source, port: 83, runtime: "apprunner", domain, size: "0.5 vCPU, 4 GB", scale: 0, command: ["a b"] });
    const job = task({ image: source, env: { ONE: one, NAMED: named }, uses: [hidden(one) as never] });
    const entry = loadBalancer({ routes: { "/*": hidden(one) as never } });
    return { one, two, plain, named, again, outside, runner, job, entry };
  });
  expect(said(faultsOf(shop))).toEqual([
    "used-not-returned: the image of FILE:LINE is published, and has no name to be published under: add it to what the app returns",
    "cannot-stand-here: job (uses[0]): a public service cannot stand in uses: everybody reaches it",
    "same-domain: named and again both are a.example.com: give each a name of its own",
    'bad-option: runner: size is "0.5 vCPU, 4 GB": write one of "0.25 vCPU, 0.5 GB", "0.25 vCPU, 1 GB", "0.5 vCPU, 1 GB", "1 vCPU, 2 GB", "1 vCPU, 3 GB", "1 vCPU, 4 GB", "2 vCPU, 4 GB", "2 vCPU, 6 GB", "4 vCPU, 8 GB", "4 vCPU, 10 GB", "4 vCPU, 12 GB"',
    "bad-option: runner: scale.min is 0: write a whole number from 1 to 25",
    "bad-option: runner: App Runner gives a name of its own, and CloudFormation cannot give it another: leave out domain, or runtime",
    "bad-option: runner: App Runner takes the command as one line: write it without words that hold a space",
    "same-port: one and two both listen on 3000 of the load balancer that they share: give two another port, or a domain",
    "same-port: the load balancer itself and plain both listen on 80 of the load balancer that they share: give plain another port, or a domain",
    'bad-option: outside: domain.name is "a.other.com", which does not lie in the zone example.com',
    "not-there-yet: job names one, whose address is known only after tasks are made: give one a domain, or leave it out of job",
    'bad-route: entry: the route "/*" leads to one, which has an entrance of its own: write a service for routes',
  ]);
});

test("App Runner without a way out, or in a circle", () => {
  const alone = app("shop", options, () => ({ web: appRunner({ image: image(), port: 80, runtime: "apprunner" }) }));
  expect(said(faultsOf(alone))).toEqual([
    "no-way-out: web runs on App Runner, whose calls all go into the network, and that has no way out for them: give the vpc natGateways: 1",
  ]);
  const circle = app("shop", options, () => {
    const source = image();
    const one = appRunner({ image: source, port: 80, runtime: "apprunner" });
    const two = appRunner({ image: source, port: 80, runtime: "apprunner", env: { ONE: one } });
    one.addEnv({ TWO: two });
    return { network: vpc({ natGateways: 1 }), one, two };
  });
  expect(said(faultsOf(circle))).toEqual([
    'in-a-circle: one names two names one: App Runner gives a URL only when the service stands, so leave one of them out, or use runtime: "ecs"',
  ]);
});

test("a rollout that has no requests to move, or too many rules", () => {
  const shop = app("shop", options, () => {
    const source = image();
    const alone = service({ image: source, port: 80, deploy: { strategy: "blue-green" }, scale: { max: 2, requestsPerTarget: 9 } });
    const many = service({ image: source, port: 80, deploy: { strategy: "linear", percent: 1, every: "30 seconds" } });
    const twice = service({ image: source, port: 80, deploy: { strategy: "canary", percent: 100 } });
    const entry = loadBalancer({ routes: { "/a": many, "b.example.com/*": many, "/t": twice } });
    return { alone, many, twice, entry, other: loadBalancer({ routes: { "/*": twice } }) };
  });
  expect(said(faultsOf(shop))).toEqual([
    "no-load-balancer: alone: scale.requestsPerTarget counts what a load balancer sends, but none has a route to alone: give it one, or aim at cpu",
    "bad-option: alone: scale.requestsPerTarget counts the requests of one group of copies, and a rollout goes back and forth between two: aim at cpu",
    "no-load-balancer: alone: a blue-green rollout moves requests, but no load balancer has a route to alone: give it one",
    'bad-option: many: deploy.every is "30 seconds": write whole minutes up to 1 day, like "5 minutes"',
    "bad-option: many: deploy.percent is 1: write a whole number from 3 to 100",
    "bad-option: many: a linear rollout moves the requests of one rule, and the routes to many make 2: keep them to five paths of one host",
    "bad-option: twice: deploy.percent is 100: write a whole number from 1 to 99",
    "bad-option: twice: a canary rollout moves the requests of one load balancer, and twice stands behind 2",
  ]);
});
