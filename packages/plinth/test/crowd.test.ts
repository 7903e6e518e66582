/** A hundred programs of one database: no group has more rules than AWS takes, and reach still tells the programs apart. */
import { expect, test } from "vitest";
import { compile, type Assembly } from "@plinth/compiler";
import { check, reachOf } from "@plinth/policy";
import { alarms, app, fileSystem, image, loadBalancer, postgres, queue, redis, service, task, vpc } from "../src/index.ts";
import { systemOf } from "../src/app/policy-system.ts";

/** `count` services that name a database, a cache and files, behind a load balancer; and two programs that name less. */
const crowd = (count: number): Assembly =>
  compile(
    app("crowd", { region: "eu-central-1", stages: ["prod"], production: ["prod"] }, () => {
      const network = vpc({ natGateways: 1, endpoints: ["logs"] });
      const database = postgres();
      const cache = redis();
      const files = fileSystem();
      const source = image();
      const queues = Object.fromEntries(Array.from({ length: count }, (_, index) => [`q${index}`, queue()]));
      const common = { image: source, port: 3000 };
      const services = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `p${index}`,
          service({
            ...common,
            env: { DATABASE_URL: database, REDIS_URL: cache, JOBS: queues[`q${index}`]!.consume },
            mounts: { "/files": files },
          }),
        ]),
      );
      const lone = service({ ...common, env: { REDIS_URL: cache } });
      const migrate = task({ image: source, run: "before-services", env: { DATABASE_URL: database } });
      const entry = loadBalancer({ routes: Object.fromEntries(Object.entries(services).map(([name, to]) => [`/${name}/*`, to])) });
      return { network, database, cache, files, source, ...queues, ...services, lone, migrate, entry, alerts: alarms() };
    }),
    { stage: "prod", local: false, configFolder: "/" },
  );

const all = (assembly: Assembly) => assembly.stacks.flatMap(({ template }) => Object.entries(template.Resources));
const groupsOf = (assembly: Assembly, id: string) =>
  (
    all(assembly).find(([logicalId]) => logicalId === `${id}Service`)![1].Properties as {
      NetworkConfiguration: { AwsvpcConfiguration: { SecurityGroups: unknown[] } };
    }
  ).NetworkConfiguration.AwsvpcConfiguration.SecurityGroups;

test("a hundred programs share a group for each thing that all of them name", () => {
  const assembly = crowd(98);
  const shared = ["Database", "Cache", "Files"].map((id) => `${id}ClientsSecurityGroup`);
  const ids = all(assembly).map(([id]) => id);
  expect(ids).toEqual(expect.arrayContaining([...shared, "DatabaseFromDatabaseClients", "DatabaseClientsToDatabase"]));
  expect(ids).not.toContain("DatabaseFromP0");
  expect(ids).toContain("DatabaseFromAdministration");
  // AWS takes five groups for a network interface.
  expect(groupsOf(assembly, "P0")).toHaveLength(5);
  expect(groupsOf(assembly, "Lone")).toHaveLength(2);

  const system = systemOf(assembly);
  const reach = reachOf(system);
  const { findings } = check(system, { reach });
  expect(findings.filter(({ severity }) => severity === "high")).toEqual([]);
  expect(reach.pair("p97", "database")).toMatchObject({ reached: true, hops: [{ ports: ["5432"] }] });
  expect(reach.pair("migrate", "database")!.reached).toBe(true);
  expect(reach.pair("lone", "cache")!.reached).toBe(true);
  expect(reach.pair("lone", "database")!.reached).toBe(false);
  expect(reach.pair("lone", "files")!.reached).toBe(false);
  expect(reach.pair("p0", "p1")!.reached).toBe(false);
  expect(reach.pair("internet", "p5")!.reached).toBe(true);
  expect(reach.pair("internet", "lone")!.reached).toBe(false);
  expect(reach.pair("p0", "endpointLogs")!.reached).toBe(true);
  expect(reach.pair("database", "endpointLogs")).toMatchObject({ reached: false });
});

test("few programs have rules of their own; when they become many nothing is replaced", () => {
  const [few, many] = [crowd(20), crowd(45)];
  expect(all(few).map(([id]) => id)).toContain("DatabaseFromP0");
  expect(all(few).filter(([id]) => /(?:Clients|Targets\d+)SecurityGroup$/.test(id))).toEqual([]);
  expect(groupsOf(few, "P0")).toHaveLength(1);
  const later = new Map(all(many));
  // Of what stands the groups that a service is in are others, routes have other priorities, the dashboard shows more: all change in place.
  const changing = ["ECS::Service", "ElasticLoadBalancingV2::ListenerRule", "CloudWatch::Dashboard"].map((type) => `AWS::${type}`);
  const comeAndGo = ["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"];
  for (const [id, resource] of all(few))
    if (![...changing, ...comeAndGo].includes(resource.Type)) expect(later.get(id), id).toEqual(resource);
  const { NetworkConfiguration: _, ...service } = later.get("P0Service")!.Properties!;
  expect(all(few).find(([id]) => id === "P0Service")![1].Properties).toMatchObject(service);
});
