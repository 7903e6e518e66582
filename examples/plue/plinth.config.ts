/**
 * Plue's cloud: files that outlive tasks, two targets of one Dockerfile. `resilient` is `production` with what costs beyond it: a firewall, a
 * cache, and copies of all data in another region.
 */
import { alarms, app, fileSystem, image, loadBalancer, postgres, redis, service, task, vpc } from "plinth";

export default app(
  "plue",
  {
    region: "us-east-1",
    stages: ["dev", "production", "resilient"],
    production: ["production", "resilient"],
  },
  ({ stage, production, pick }) => {
    // Each copy of the API tells how many clones and pushes it has under way: git waits for the network, and the processor for git.
    const metric = { namespace: "Plue", name: "GitExchanges", dimensions: { Stage: stage }, target: 8 };
    const copies = { min: 2, max: 4, cpu: 70 };
    const large = { api: "1 vCPU, 2 GB", web: "0.5 vCPU, 1 GB", scale: { api: { ...copies, metric }, web: copies } } as const;
    const size = pick({
      production: large,
      resilient: large,
      else: { api: "0.25 vCPU, 0.5 GB", web: "0.25 vCPU, 0.5 GB", scale: { api: 1, web: 1 } },
    });
    const resilient = stage === "resilient";
    const copy = resilient ? ({ region: "us-west-2" } as const) : undefined;
    const logs = (name: string) => ({ group: `/ecs/${stage}/plue-${name}`, retain: production ? "30 days" : "7 days" }) as const;
    const spot = !production;

    const network = vpc({
      natGateways: production ? 2 : 1,
      flowLogs: true,
      subnets: { public: ["10.0.0.0/24", "10.0.1.0/24"], private: ["10.0.10.0/24", "10.0.11.0/24"] },
    });
    const database = postgres({
      version: "16",
      instance: production ? "db.t3.small" : "db.t3.micro",
      multiAz: production,
      logs: { retain: production ? "30 days" : "7 days" },
      secrets: { connection: `${stage}-plue-db-connection`, password: `${stage}-plue-db-password` },
      ...(copy && { backup: { copy } }),
    });
    const repositories = fileSystem({ backup: copy ? { copy } : production });
    const cache = resilient ? redis() : undefined;

    const apiImage = image({ target: "cli" });
    const webImage = image({ target: "web" });
    const migrate = task({
      image: apiImage,
      command: ["plue", "migrate"],
      run: "before-services",
      logs: logs("db-migrate"),
      env: { DATABASE_URL: database },
    });
    const api = service({
      image: apiImage,
      port: 8000,
      size: size.api,
      scale: size.scale.api,
      deploy: { strategy: "blue-green", bake: production ? "5 minutes" : "0 minutes" },
      health: "/api/health",
      spot,
      logs: logs("api-server"),
      mounts: { "/srv/git": repositories },
      env: { DATABASE_URL: database, REDIS_URL: cache, PORT: 8000, PLUE_STAGE: production ? stage : undefined },
    });
    const web = service({
      image: webImage,
      port: 80,
      size: size.web,
      scale: size.scale.web,
      spot,
      logs: logs("web-app"),
      env: { API_ENDPOINT: api },
    });

    const entry = loadBalancer({
      certificate: production ? "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f" : undefined,
      routes: { "/api/*": api, "/*": web },
      // Nothing looks into bodies for SQL or scripts: what git sends is compressed, and looks like anything.
      ...(resilient && { firewall: { rateLimit: "2000 per 5 minutes", rules: ["known-bad-inputs", "ip-reputation"] } }),
    });
    const alerts = alarms({ email: "alerts@example.com", services: { cpu: 90 }, insights: production });

    return { network, database, repositories, cache, apiImage, webImage, migrate, api, web, entry, alerts };
  },
);
