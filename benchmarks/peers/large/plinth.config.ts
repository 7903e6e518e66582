/** A product of very many services, for measuring how the plan grows: `PLINTH_BENCH_SERVICES` of them, 300 when it is not set. */
import { alarms, app, bucket, image, loadBalancer, postgres, queue, redis, secret, service } from "plinth";

const count = Number(process.env["PLINTH_BENCH_SERVICES"] ?? 300);

export default app("large", { region: "eu-central-1", stages: ["prod"], production: ["prod"] }, () => {
  const database = postgres();
  const cache = redis();
  const jobs = queue();
  const files = bucket();
  const apiKey = secret();
  const source = image();
  const names = Array.from({ length: count }, (_, index) => `service${index}`);
  const orders = Object.fromEntries(names.map((name) => [name, queue()]));
  const one = (name: string) =>
    service({
      image: source,
      command: ["node", `${name}.js`],
      port: 3000,
      scale: { min: 2, max: 8, cpu: 60 },
      env: {
        DATABASE_URL: database,
        REDIS_URL: cache,
        JOBS: jobs.send,
        FILES: files.readWrite,
        API_KEY: apiKey,
        ORDERS: orders[name]!.consume,
      },
    });
  const services = Object.fromEntries(names.map((name) => [name, one(name)]));
  const entry = loadBalancer({ routes: Object.fromEntries(names.slice(0, 40).map((name) => [`/${name}/*`, services[name]!])) });
  const alerts = alarms({ email: "ops@example.com" });
  const queues = Object.fromEntries(names.map((name) => [`${name}Orders`, orders[name]!]));
  return { database, cache, jobs, files, apiKey, source, ...services, ...queues, entry, alerts };
});
