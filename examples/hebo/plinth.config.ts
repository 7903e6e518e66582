/** Hebo's cloud: previews by any name, two public services, a Next.js console, a database over two regions. */
import { app, appRunner, aurora, image, nextjs, secret, setting, vpc } from "plinth";

export default app(
  "hebo",
  {
    region: "us-east-1",
    stages: ["production"],
    previews: { expireAfter: "7 days" },
    production: ["production"],
  },
  ({ stage, production, preview, local }) => {
    const host = production ? "cloud.hebo.ai" : `${stage}.cloud.hebo.ai`;
    const zone = "hebo.ai";

    const network = vpc({
      natGateways: preview ? 1 : 0,
      bastion: preview,
      subnets: {
        public: ["10.0.0.0/24", "10.0.1.0/24"],
        private: ["10.0.10.0/24", "10.0.11.0/24"],
        database: ["10.0.20.0/24", "10.0.21.0/24"],
      },
    });
    const database = aurora({
      version: "17",
      proxy: production, // A proxy would keep a preview's database awake.
      capacity: production ? { min: 0.5, max: 4 } : { min: 0, max: 4, pauseAfter: "20 minutes" },
      readers: production ? 1 : 0,
      globalRegions: production ? ["eu-west-1"] : [],
    });
    const stackProjectId = setting();
    const stackPublishableClientKey = setting();
    const stackSecretServerKey = secret();

    const apiImage = image({ args: { SERVICE: "api", PORT: 3001 }, registry: "public" });
    const gatewayImage = image({ args: { SERVICE: "gateway", PORT: 3002 }, registry: "public" });
    const env = { DATABASE_URL: database, STACK_SECRET_SERVER_KEY: stackSecretServerKey };
    // App Runner takes no new customers, so AWS runs these on Fargate; the embedded cloud has it, with a name and TLS of its own.
    const entrance = (name: string) =>
      local && preview ? ({ runtime: "apprunner" } as const) : ({ domain: { name: `${name}.${host}`, zone } } as const);
    const api = appRunner({ image: apiImage, port: 3001, env, ...entrance("api") });
    const gateway = appRunner({ image: gatewayImage, port: 3002, env, ...entrance("gateway") });
    const console = nextjs({
      path: "apps/console",
      domain: { name: host, zone },
      env: {
        NEXT_PUBLIC_API_URL: api,
        NEXT_PUBLIC_GATEWAY_URL: gateway,
        NEXT_PUBLIC_STACK_PROJECT_ID: stackProjectId,
        NEXT_PUBLIC_STACK_PUBLISHABLE_CLIENT_KEY: stackPublishableClientKey,
        STACK_SECRET_SERVER_KEY: stackSecretServerKey,
      },
    });

    return {
      network,
      database,
      stackProjectId,
      stackPublishableClientKey,
      stackSecretServerKey,
      apiImage,
      gatewayImage,
      api,
      gateway,
      console,
    };
  },
);
