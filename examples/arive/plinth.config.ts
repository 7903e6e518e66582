/** Arive's cloud: a database that pauses, a domain, a bucket that browsers write to. */
import { app, aurora, bucket, image, loadBalancer, service, vpc } from "plinth";

export default app(
  "arive",
  {
    region: "us-east-1",
    stages: ["dev", "staging", "prod"],
    production: ["prod"],
  },
  ({ stage, pick }) => {
    const host = pick({ prod: "api.tryarive.com", staging: "api.staging.tryarive.com", else: undefined });
    // The site stands elsewhere; its pages call the API, and write into the bucket.
    const site = pick({ prod: "https://tryarive.com", staging: "https://staging.tryarive.com", else: "http://localhost:5173" });

    const network = vpc({
      endpoints: ["s3"],
      subnets: { public: ["10.0.1.0/24", "10.0.2.0/24"], private: ["10.0.11.0/24", "10.0.12.0/24"] },
    });
    const database = aurora({
      version: "15",
      capacity: { min: 0, max: 4, pauseAfter: "5 minutes" },
      backup: { retain: "7 days" },
      secrets: { password: `arive/${stage}/database-password` },
    });
    const uploads = bucket({
      versioned: true,
      expire: { oldVersions: "90 days" },
      cors: { origins: [site], methods: ["GET", "PUT", "POST"], maxAge: "50 minutes" },
    });

    const backend = image({ context: "backend" });
    const shared = {
      image: backend,
      logs: { retain: "7 days" },
      env: { ENV: stage, SITE_ORIGIN: site, DATABASE_URL: database, S3_BUCKET: uploads.readWrite },
    } as const;
    const api = service({ ...shared, command: ["node", "api.js"], port: 8000, health: "/health", exec: true });
    const worker = service({ ...shared, command: ["node", "worker.js"] });
    const entry = loadBalancer({ domain: host && { name: host, zone: "tryarive.com" }, routes: { "/*": api } });

    return { network, database, uploads, backend, api, worker, entry };
  },
);
