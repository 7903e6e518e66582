/** Hana's cloud: three programs of one image, a FIFO queue, a firewall. */
import { alarms, app, bucket, image, loadBalancer, postgres, queue, redis, secret, service, vpc } from "plinth";

export default app("hana", { region: "us-east-1", stages: ["dev", "prod"], production: ["prod"] }, ({ pick }) => {
  const size = pick({
    prod: { nat: 2, database: { instance: "db.r6g.large", storage: 100, multiAz: true }, cache: { node: "cache.r6g.large", replicas: 1 },
            task: "1 vCPU, 2 GB", scale: { min: 2, max: 4, cpu: 70 } },
    else: { nat: 1, database: { instance: "db.t4g.medium", storage: 20 }, cache: { node: "cache.t4g.medium" },
            task: "0.5 vCPU, 1 GB", scale: { min: 1, max: 1 } },
  });

  const network = vpc({ natGateways: size.nat, endpoints: ["ecr", "logs", "secretsmanager", "s3"] });
  const database = postgres({ version: "16", ...size.database });
  const cache = redis({ engine: "redis 7", ...size.cache });
  const agentRuns = queue({ fifo: true, attempts: 3 });
  const notifications = queue();
  const media = bucket({ tiering: "intelligent" });
  const logs = bucket({ expire: { objects: "90 days" } });
  const backups = bucket();
  const anthropicApiKey = secret({ fields: ["api_key"] });
  const openaiApiKey = secret({ fields: ["api_key"], optional: true });
  const elevenlabsApiKey = secret({ fields: ["api_key"], optional: true });

  const server = image();
  const shared = {
    DATABASE_URL: database, REDIS_URL: cache, MEDIA_BUCKET: media.readWrite,
    ANTHROPIC_API_KEY: anthropicApiKey.field("api_key"),
    OPENAI_API_KEY: openaiApiKey.field("api_key"), ELEVENLABS_API_KEY: elevenlabsApiKey.field("api_key"),
  };
  const api = service({
    image: server, command: ["node", "api.js"], exec: true, port: 3000, health: "/health", size: size.task, scale: size.scale,
    env: { ...shared, RUNS_QUEUE_URL: agentRuns.send, NOTIFICATIONS_QUEUE_URL: notifications.send },
  });
  const ws = service({ image: server, command: ["node", "ws.js"], exec: true, port: 3001, size: size.task, scale: size.scale, env: shared });
  const workers = service({
    image: server, command: ["node", "worker.js"], exec: true, size: size.task, scale: { ...size.scale, on: agentRuns.backlogPerTask(10) },
    env: {
      ...shared, RUNS_QUEUE_URL: agentRuns.consume, NOTIFICATIONS_QUEUE_URL: notifications.consume,
      BACKUPS_BUCKET: backups.write, LOGS_BUCKET: logs.write,
    },
  });

  const entry = loadBalancer({
    routes: { "/api/*": api, "/health": api, "/v1/*": api, "/ws/*": ws, "/socket.io/*": ws },
    firewall: { rateLimit: "2000 per 5 minutes", rules: ["common", "sql-injection", "known-bad-inputs"] },
  });
  const alerts = alarms({ email: "ops@example.com" });

  return {
    network, database, cache, agentRuns, notifications, media, logs, backups, anthropicApiKey, openaiApiKey, elevenlabsApiKey,
    server, api, ws, workers, entry, alerts,
  };
});
