/** Threa's cloud: one program with a public address, no load balancer. */
import { alarms, app, image, postgres, redis, secret, service, task } from "plinth";

export default app(
  "threa",
  {
    region: "eu-central-1",
    stages: ["prod", "budget"],
    production: ["prod"],
  },
  ({ stage, local }) => {
    // What people type by hand (`aws logs tail /ecs/threa`) carries no stage; the other stages carry theirs.
    const name = stage === (local ? "local" : "prod") ? "threa" : `threa-${stage}`;
    const budget = stage === "budget";

    const source = image();
    const database = postgres({ version: "16", instance: "db.t4g.micro", extensions: ["vector"] });
    const cache = budget ? undefined : redis({ node: "cache.t4g.micro" });
    const workosApiKey = secret({ store: "parameter-store", name: `/${name}/workos-api-key`, optional: true });

    const migrate = task({ image: source, command: ["node", "src/migrate.ts"], run: "before-services", env: { DATABASE_URL: database } });
    const web = service({
      image: source,
      port: 3000,
      public: true,
      spot: budget,
      logs: { group: `/ecs/${name}` },
      env: { NODE_ENV: "production", PORT: 3000, DATABASE_URL: database, REDIS_URL: cache, WORKOS_API_KEY: workosApiKey },
    });
    const alerts = alarms({ services: { memory: 80 } });

    return { database, cache, workosApiKey, migrate, web, alerts };
  },
);
