/** Plue's cloud: files that outlive tasks, two targets of one Dockerfile. */
import { alarms, app, fileSystem, image, loadBalancer, postgres, service, task, vpc } from "plinth";

export default app(
  "plue",
  {
    region: "us-east-1",
    stages: ["dev", "production"],
    production: ["production"],
  },
  ({ stage, production, pick }) => {
    const size = pick({
      production: { api: "1 vCPU, 2 GB", web: "0.5 vCPU, 1 GB", scale: { min: 2, max: 4 } },
      else: { api: "0.25 vCPU, 0.5 GB", web: "0.25 vCPU, 0.5 GB", scale: 1 },
    });
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
    });
    const repositories = fileSystem();

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
      scale: size.scale,
      spot,
      logs: logs("api-server"),
      mounts: { "/srv/git": repositories },
      env: { DATABASE_URL: database, PORT: 8000 },
    });
    const web = service({
      image: webImage,
      port: 80,
      size: size.web,
      scale: size.scale,
      spot,
      logs: logs("web-app"),
      env: { API_ENDPOINT: api },
    });

    const entry = loadBalancer({
      certificate: production ? "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f" : undefined,
      routes: { "/api/*": api, "/*": web },
    });
    const alerts = alarms({ email: "alerts@example.com", services: { cpu: 90 }, insights: production });

    return { network, database, repositories, apiImage, webImage, migrate, api, web, entry, alerts };
  },
);
