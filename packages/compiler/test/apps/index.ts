/** Apps that together use every word and every option of the language, in every kind of stage. */
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
import type { App } from "@plinth/language";

/** Everything there is, privately placed behind NAT gateways. */
export const everything = app(
  "everything",
  { region: "us-east-1", stages: ["dev", "prod"], production: ["prod"], previews: { expireAfter: "7 days" } },
  ({ production, local, pick }) => {
    const network = vpc({
      cidr: "10.20.0.0/16",
      zones: 3,
      natGateways: pick({ prod: 3, else: 1 }),
      endpoints: [
        "ecr",
        "s3",
        "logs",
        "secretsmanager",
        "ssm",
        "ssmmessages",
        "sqs",
        "sns",
        "kms",
        "monitoring",
        "events",
        "sts",
        "dynamodb",
      ],
      flowLogs: { retain: "90 days" },
      override: { VPC: (p) => ({ ...p, InstanceTenancy: "default" }) },
    });
    const server = image({
      context: "server",
      dockerfile: "build/Dockerfile",
      target: "run",
      args: { A: 1, B: "two" },
      platform: "linux/arm64",
      keep: 30,
    });
    const plain = image();
    const second = image({ target: "second" });
    const database = postgres({
      version: "17",
      instance: "db.r7g.large",
      storage: 100,
      maxStorage: 500,
      multiAz: production,
      extensions: ["vector", "pg_trgm"],
      backup: { retain: "14 days" },
      parameters: { log_min_duration_statement: 500 },
      database: "shop",
      protect: false,
      name: `everything-${production ? "prod" : "other"}`,
      override: { DBInstance: (p) => ({ ...p, EnablePerformanceInsights: true }) },
    });
    const cache = redis({ engine: "redis 7", node: "cache.r7g.large", replicas: 2, backup: { retain: "3 days" }, name: "everything" });
    const keys = secret({ fields: ["api_key"] });
    const optionalKey = secret({ optional: true });
    const parameter = secret({ store: "parameter-store" });
    const optionalParameter = secret({ store: "parameter-store", optional: true });
    const greeting = setting();
    const optionalGreeting = setting({ optional: true });
    const topic = aws("AWS::SNS::Topic", { DisplayName: "orders" });
    const subscription = aws("AWS::SNS::Subscription", { TopicArn: topic.ref, Protocol: "email", Endpoint: "ops@example.com" });
    const table = aws(
      "AWS::DynamoDB::Table",
      {
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      },
      { layer: "storage", arn: "Arn", keep: true },
    );
    const uploads = existing.bucket("everything-uploads");

    const api = service({
      image: server,
      command: ["node", "api.js"],
      port: 8080,
      size: "1 vCPU, 2 GB",
      scale: local ? 2 : { min: 2, max: 6, cpu: 60, memory: 75 },
      health: "/health",
      exec: true,
      stopTimeout: "2 minutes",
      logs: { retain: "forever" },
      env: {
        DATABASE_URL: database,
        READ_URL: database.readOnly,
        DATABASE_HOST: database.host,
        DATABASE_PORT: database.port,
        DATABASE_USER: database.user,
        DATABASE_PASSWORD: database.password,
        DATABASE_NAME: database.database,
        REDIS_URL: cache,
        REDIS_HOST: cache.host,
        REDIS_PORT: cache.port,
        REDIS_TOKEN: cache.password,
        API_KEY: keys.field("api_key"),
        ALL_KEYS: keys,
        OPTIONAL: optionalKey,
        PARAMETER: parameter,
        OPTIONAL_PARAMETER: optionalParameter,
        GREETING: greeting,
        OPTIONAL_GREETING: optionalGreeting,
        TOPIC: topic.allow("sns:Publish"),
        TABLE: table.allow("dynamodb:GetItem", "dynamodb:PutItem"),
        TABLE_ARN: table.attribute("Arn"),
        UPLOADS: uploads.readWrite,
        ADDRESS: text`${database.host}:${database.port}/${database.database} and ${cache.host} and ${topic.ref}`,
        NUMBER: 3,
        YES: true,
        ABSENT: undefined,
      },
      override: {
        TaskDefinition: (p) => ({ ...p, EphemeralStorage: { SizeInGiB: 30 } }),
        Service: (p) => ({ ...p, AvailabilityZoneRebalancing: "ENABLED" }),
      },
    });
    const web = service({
      image: plain,
      port: 3000,
      public: true,
      spot: true,
      scale: 2,
      health: { command: ["node", "well.js"], every: "15 seconds", timeout: "5 seconds", retries: 2, grace: "30 seconds" },
      env: local ? {} : { API_URL: api, API_V1: text`${api}/v1` },
      uses: [cache, uploads.read],
    });
    const worker = service({
      image: second,
      deploy: "replace",
      readOnlyRoot: false,
      name: "background",
      uses: [database, topic.allow("sns:Publish")],
    });
    if (!local) api.addEnv({ WEB_URL: web });
    const migrate = task({ image: server, command: ["node", "migrate.js"], run: "before-services", env: { DATABASE_URL: database } });
    const report = task({ image: server, run: { every: "1 day" }, env: { READ_URL: database.readOnly } });
    const nightly = task({ image: server, run: { cron: "0 3 * * ? *" }, name: "everything-nightly" });
    const once = task({ image: server, uses: [table.allow("dynamodb:Scan")] });
    const alerts = alarms({
      email: ["ops@example.com", "more@example.com"],
      services: { cpu: 85, memory: false },
      databases: { cpu: 70, freeStorage: 10 },
      caches: { memory: 75 },
    });
    return {
      data: { database, cache, table },
      secrets: { keys, optionalKey, parameter, optionalParameter, greeting, optionalGreeting },
      programs: { api, web, worker, migrate, report, nightly, once },
      messaging: { topic, subscription },
      network,
      server,
      uploads,
      alerts,
    };
  },
);

/** No way out at all: programs that reach AWS's services by entrances in the network. */
export const closed = app("closed", { region: "eu-west-1", production: ["prod"] }, () => {
  const network = vpc({
    endpoints: ["ecr", "s3", "logs", "secretsmanager", "ssm"],
    subnets: { public: ["10.0.1.0/24", "10.0.2.0/24"], private: ["10.0.11.0/24", "10.0.12.0/24"] },
    flowLogs: true,
  });
  const database = postgres({ version: "15" });
  const token = secret({ store: "parameter-store", name: "/shared/token" });
  const source = image();
  const web = service({ image: source, port: 80, internet: false, env: { DATABASE_URL: database, TOKEN: token } });
  return { network, database, token, source, web };
});

/** Everything that is there already. */
export const beside = app("beside", { region: "eu-west-1" }, () => {
  const network = existing.vpc("vpc-0a1b2c3d4e5f60718", {
    publicSubnets: ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"],
    privateSubnets: ["subnet-0a1b2c3d4e5f60713", "subnet-0a1b2c3d4e5f60714"],
  });
  const old = existing.postgres({
    secret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:old-AbCdEf",
    securityGroup: "sg-0a1b2c3d4e5f60718",
    port: 5433,
  });
  const key = existing.secret("arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf");
  const parameter = existing.secret("/shared/key");
  const cache = redis();
  const web = service({
    image: image(),
    port: 80,
    public: true,
    env: { OLD: old, KEY: key, FIELD: key.field("a"), PARAMETER: parameter, CACHE: cache, BUCKET: existing.bucket("b-1").write },
  });
  const migrate = task({ image: image({ target: "migrate" }), run: "before-services", env: { OLD: old } });
  return { network, old, cache, web, migrate };
});

/** A lasting name without a load balancer, beside a service with an address of its own. */
export const lasting = app("lasting", { region: "eu-west-1", production: ["prod"] }, () => {
  const source = image();
  const database = postgres();
  const web = service({
    image: source,
    port: 3000,
    public: { domain: "app.example.com", zone: "example.com" },
    scale: 2,
    env: { DATABASE_URL: database },
  });
  const status = service({ image: source, port: 8080, public: true });
  return { database, web, status };
});

/** One entry for several services, queues of both kinds, topics, buckets that tell of changes, and all that scales. */
export const busy = app("busy", { region: "us-east-1", stages: ["dev", "prod"], production: ["prod"] }, ({ production }) => {
  const network = vpc({ natGateways: production ? 2 : 0, bastion: true });
  const source = image();
  const database = postgres();
  const jobs = queue({
    fifo: true,
    deduplicate: "by-content",
    throughput: "high",
    attempts: 5,
    visibilityTimeout: "2 minutes",
    retain: "1 day",
    deadLetter: { retain: "7 days" },
    override: { Queue: (p) => ({ ...p, KmsDataKeyReusePeriodSeconds: 300 }), DeadLetterQueue: (p) => p },
  });
  const mails = queue({ delay: "1 minute", wait: "0 seconds", deadLetter: false, name: "busy-mails" });
  const changes = queue();
  const news = topic({
    to: [
      mails,
      { queue: changes, filter: { kind: ["created", "deleted"], size: [1, 2] }, raw: false },
      "ops@example.com",
      "more@example.com",
    ],
    override: { Topic: (p) => ({ ...p, TracingConfig: "PassThrough" }) },
  });
  const ordered = topic({ fifo: true, to: [jobs], name: "busy-ordered" });
  const logs = bucket({ expire: { objects: "90 days" } });
  const uploads = bucket({
    versioned: true,
    tiering: "intelligent",
    expire: { oldVersions: "30 days", unfinishedUploads: "1 day" },
    cors: [
      { origins: ["https://example.com"], methods: ["GET", "PUT"], maxAge: "50 minutes" },
      { origins: ["*"], methods: ["GET"], headers: ["range"], expose: [] },
    ],
    notify: [
      { to: changes, prefix: "in/", suffix: ".csv" },
      { to: news, on: "removed" },
    ],
    override: { Bucket: (p) => ({ ...p, ObjectLockEnabled: false }), BucketPolicy: (p) => p },
  });
  const api = service({
    image: source,
    port: 3000,
    health: { path: "/health", codes: "200,204", every: "15 seconds", timeout: "10 seconds", successes: 3, retries: 5, grace: "2 minutes" },
    scale: { min: 2, max: 8, requestsPerTarget: 1000, schedule: [{ cron: "0 7 ? * MON-FRI *", timeZone: "Europe/Berlin", min: 4 }] },
    env: { JOBS: jobs.send, NEWS: news.publish, ORDERED: ordered.publish, UPLOADS: uploads.readWrite, DATABASE_URL: database },
  });
  const ws = service({ image: source, port: 3001, health: "/", scale: { schedule: [{ cron: "0 7 * * ? *", min: 1, max: 2 }] } });
  const workers = service({
    image: source,
    scale: { min: 1, max: 30, on: jobs.backlogPerTask(10) },
    env: { JOBS: jobs.consume, DEAD: jobs.dead.sendAndConsume },
    uses: [uploads.read, mails.sendAndConsume, news.publish],
  });
  const idle = service({ image: source, scale: { min: 0, max: 3, on: changes.backlogPerTask(1) }, env: { CHANGES: changes.consume } });
  const entry = loadBalancer({
    routes: {
      "/*": ws,
      "/api/*": api,
      "/health": api,
      "api.example.com/v1/*": api,
      "*.example.com/v2/*": { to: api, methods: ["GET"], headers: { "x-beta": ["yes"] }, query: { a: ["1"] } },
      "/admin/*": { to: api, from: ["203.0.113.0/24"] },
      "/old/*": { redirect: "https://www.example.com/#{path}", permanent: true },
      "/older": { redirect: "/new" },
      "/robots.txt": { respond: 200, body: "User-agent: *" },
    },
    domain: { name: "busy.example.com", zone: "example.com" },
    sticky: "1 hour",
    idleTimeout: "2 minutes",
    drain: "1 minute",
    accessLogs: logs,
    firewall: { rateLimit: "100 per 1 minute" },
    override: {
      LoadBalancer: (p) => ({ ...p, EnablePrefixForIpv6SourceNat: "off" }),
      Listener: (p) => p,
      ListenerRule: (p) => p,
      TargetGroup: (p) => p,
      SecurityGroup: (p) => p,
      WebACL: (p) => ({ ...p, Description: "busy" }),
    },
  });
  const inner = loadBalancer({
    routes: { "/*": api },
    sticky: false,
    firewall: { rules: ["common"], mode: "count" },
    protect: false,
    name: "busy-inner",
  });
  const secure = loadBalancer({
    routes: { "/*": ws },
    certificate: "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f",
  });
  const caller = service({ image: source, env: { ENTRY: entry, INNER: inner, V1: text`${inner}/v1`, SECURE: secure } });
  const alerts = alarms({ loadBalancers: { errors: 5 }, queues: { dead: 2 } });
  return {
    network,
    database,
    messaging: { jobs, mails, changes, news, ordered },
    data: { logs, uploads },
    programs: { api, ws, workers, idle, caller },
    entries: { entry, inner, secure },
    alerts,
  };
});

/** Databases on Aurora, files, public services of all kinds, and versions that take over as a whole. */
export const wide = app("wide", { region: "eu-west-1", stages: ["prod", "dev"], production: ["prod"] }, ({ production, local }) => {
  const network = vpc({ natGateways: 1, bastion: true, cidr: "10.4.0.0/16" });
  const source = image();
  const shown = image({ registry: "public", name: "wide-shown" });
  const data = aurora({
    version: "16",
    capacity: { min: 1, max: 8 },
    readers: 2,
    proxy: true,
    globalRegions: ["us-east-1", "eu-central-1"],
    extensions: ["vector"],
    backup: { retain: "14 days" },
    parameters: { log_min_duration_statement: 500 },
    logs: { retain: "14 days" },
    secrets: { connection: "wide/database/url", password: "wide/database/password" },
    protect: false,
    override: {
      DBCluster: (p) => ({ ...p, StorageType: "aurora-iopt1" }),
      DBInstance: (p) => ({ ...p, EnablePerformanceInsights: true }),
      DBProxy: (p) => ({ ...p, IdleClientTimeout: 900 }),
      DBClusterParameterGroup: (p) => p,
    },
  });
  const fixed = aurora({ instance: "db.r7g.large", readers: 1, database: "facts", name: "wide-facts" });
  const asleep = aurora({ capacity: { min: 0 } });
  const plain = postgres({ logs: { retain: "7 days" }, secrets: { password: "wide/plain" } });
  const files = fileSystem({
    owner: { user: 33, group: 33 },
    backup: true,
    coldAfter: "30 days",
    throughput: "bursting",
    override: { FileSystem: (p) => ({ ...p, PerformanceMode: "maxIO" }), AccessPoint: (p) => p },
  });
  const more = fileSystem({ coldAfter: "1 day" });
  const key = secret({ optional: true });
  const level = setting();

  const hosted = appRunner({
    image: shown,
    port: 3001,
    domain: { name: "api.example.com", zone: "example.com" },
    scale: { min: 1, max: 3 },
    health: "/health",
    env: { DATABASE_URL: data, READ_URL: data.readOnly, KEY: key },
    override: { TargetGroup: (p) => p, ListenerRule: (p) => p, Service: (p) => p },
  });
  const bare = appRunner({ image: source, port: 3002, env: { HOSTED_URL: hosted, FACTS: fixed, READ: fixed.readOnly } });
  const runner = appRunner({
    image: source,
    port: 3003,
    runtime: "apprunner",
    command: ["node", "server.js"],
    health: { path: "/health", every: "5 seconds", timeout: "2 seconds" },
    scale: { min: 1, max: 4 },
    size: "0.5 vCPU, 1 GB",
    env: { DATABASE_URL: asleep, KEY: key, LEVEL: level, BARE: bare, N: 3 },
    override: { AppRunnerService: (p) => ({ ...p, ObservabilityConfiguration: { ObservabilityEnabled: false } }) },
  });
  const shownRunner = appRunner({ image: shown, port: 3005, runtime: "apprunner", env: { RUNNER: runner } });
  const site = nextjs({
    path: "site",
    domain: { name: "www.example.com", zone: "example.com" },
    scale: 2,
    env: { NEXT_PUBLIC_API: hosted, NEXT_PUBLIC_V1: text`${hosted}/v1`, NEXT_PUBLIC_LEVEL: level, NEXT_PUBLIC_N: 3, DATABASE_URL: plain },
    override: { Distribution: (p) => p, Assets: (p) => p },
  });
  const plainSite = nextjs({ path: "docs", image: source, port: 3004, env: { NEXT_PUBLIC_BARE: bare, SITE: site } });

  const greenish = service({
    image: source,
    port: 80,
    deploy: { strategy: "blue-green", bake: "10 minutes" },
    mounts: { "/srv/files": files, "/srv/more": more },
    env: { PLAIN: plainSite, RUNNER: runner },
  });
  const linear = service({
    image: source,
    port: 81,
    deploy: { strategy: "linear", percent: 20, every: "3 minutes" },
    mounts: { "/a": files },
  });
  const canary = service({
    image: source,
    port: 82,
    deploy: { strategy: "canary" },
    scale: {
      max: 3,
      cpu: 60,
      metric: [
        { namespace: "Wide", name: "OpenCarts", dimensions: { Stage: "any" }, target: 40 },
        { namespace: "AWS/SQS", name: "ApproximateAgeOfOldestMessage", statistic: "maximum", target: 30.5 },
      ],
    },
  });
  const keep = task({ image: source, run: local ? "by-hand" : { every: "6 hours" }, mounts: { "/srv/files": files } });
  const entry = loadBalancer({ routes: { "/*": greenish, "/l/*": linear, "/c/*": canary } });
  const alerts = alarms({ databases: { capacity: 80 }, insights: production });
  return {
    network,
    shown,
    data: { data, fixed, asleep, plain, files, more },
    values: { key, level },
    programs: { hosted, bare, runner, shownRunner, site, plainSite, greenish, linear, canary, keep },
    entry,
    alerts,
  };
});

/** The smallest apps. */
export const smallest = {
  database: app("only-data", { region: "us-west-2" }, () => ({ database: postgres() })),
  service: app("one", { region: "us-west-2" }, () => ({ web: service({ image: image(), port: 80 }) })),
  task: app("job", { region: "us-west-2" }, () => ({ job: task({ image: image() }) })),
  cache: app("only-cache", { region: "us-west-2" }, () => ({ cache: redis() })),
  aurora: app("only-aurora", { region: "us-west-2" }, () => ({ database: aurora() })),
  files: app("only-files", { region: "us-west-2" }, () => ({ files: fileSystem() })),
  runner: app("runner", { region: "us-west-2" }, () => ({ web: appRunner({ image: image(), port: 8080 }) })),
  site: app("site", { region: "us-west-2" }, () => ({ web: nextjs({ path: "." }) })),
  topic: app("only-topic", { region: "us-west-2" }, () => ({ topic: aws("AWS::SNS::Topic", {}) })),
} satisfies Record<string, App>;
