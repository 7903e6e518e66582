/** Service Connect: services that call each other by name, whatever tasks stand behind it. */
import { get } from "node:http";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { namedAddresses } from "../../../src/services/ecs/endpoints.ts";
import { type Place, startPlace } from "./place.ts";

let place: Place;
let api: string;
beforeAll(async () => {
  place = await startPlace();
  await place.call("ecs", "CreateCluster", {
    clusterName: "mesh",
    capacityProviders: ["FARGATE"],
    serviceConnectDefaults: { namespace: "shop" },
  });
  await place.image(
    "api",
    `import { createServer } from "node:http";
     const server = createServer((request, response) => response.setHeader("connection", "close").end(process.env.VERSION + " " + process.env.ECS_CONTAINER_METADATA_URI_V4.split("/")[5])).listen(8000);
     // Connections that are on their way when it is told to stop are answered, as a good program does.
     process.on("SIGTERM", () => setTimeout(() => server.close(() => process.exit(0)), 300));`,
  );
  api = await defineApi("1");
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  expect(place.server.reported).toEqual([]);
});

const image = (name: string) => `${place.server.cloud.account}.dkr.ecr.${place.server.region}.amazonaws.com/app:${name}`;
const defineApi = (version: string) =>
  place.define(
    { image: image("api"), portMappings: [{ name: "http", containerPort: 8000 }], environment: [{ name: "VERSION", value: version }] },
    { family: "api" },
  );

const published = (more: object = {}) => ({
  enabled: true,
  services: [{ portName: "http", discoveryName: "api", clientAliases: [{ dnsName: "api", port: 8000 }], ...more }],
});

const service = (name: string, more: object) =>
  place.call("ecs", "CreateService", {
    cluster: "mesh",
    serviceName: name,
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: place.network,
    ...more,
  } as never);

const steady = (name: string, count = 1) =>
  vi.waitFor(
    async () => {
      const { services } = await place.call("ecs", "DescribeServices", { cluster: "mesh", services: [name] });
      const [found] = services!;
      expect([found!.runningCount, found!.deployments!.length, found!.deployments![0]!.rolloutState]).toEqual([count, 1, "COMPLETED"]);
    },
    { timeout: 60_000, interval: 50 },
  );

/** What answers at the endpoint, from outside of any task. */
function called(): Promise<string> {
  const [endpoint] = namedAddresses(place.server.cloud);
  return new Promise((done, fail) => {
    get({ host: endpoint!.address, port: endpoint!.listens, agent: false }, (response) => {
      let text = "";
      response.on("data", (data) => (text += data));
      response.on("end", () => done(text));
    }).on("error", fail);
  });
}

test("a cluster's default namespace is one of Cloud Map", async () => {
  const { clusters } = await place.call("ecs", "DescribeClusters", { clusters: ["mesh"] });
  const { Namespaces } = await place.call("servicediscovery", "ListNamespaces", {});
  expect(clusters![0]!.serviceConnectDefaults!.namespace).toBe(Namespaces!.find(({ Name }) => Name === "shop")!.Arn);
});

test("a service is called by its name, from Node and from other programs, and spread over its tasks", async () => {
  await service("api", { taskDefinition: api, desiredCount: 2, serviceConnectConfiguration: published() });
  await steady("api", 2);
  const answers = await Promise.all(Array.from({ length: 4 }, called));
  expect(new Set(answers).size).toBe(2);
  const { Instances } = await place.call("servicediscovery", "DiscoverInstances", { NamespaceName: "shop", ServiceName: "api" });
  expect(Instances!.map(({ Attributes }) => Attributes!.AWS_INSTANCE_PORT)).toEqual(["8000", "8000"]);

  const calls = `getent hosts api | awk '{print $2}'; node -e 'fetch("http://api:8000").then((r) => r.text()).then((t) => console.log("node", t.split(" ")[0]))';
    exec 3<>/dev/tcp/api/8000; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -1 <&3 | cut -d" " -f1; getent hosts localhost >/dev/null && echo localhost; sleep 600`;
  const client = await place.define({ image: image("api"), command: ["bash", "-c", calls] }, { family: "client" });
  await service("client", { taskDefinition: client, serviceConnectConfiguration: { enabled: true } });
  await expect.poll(() => place.messages()).toEqual(["api", "node 1", "1", "localhost"]);
  await place.call("ecs", "DeleteService", { cluster: "mesh", service: "client", force: true });
});

test("who did not join does not know the name", async () => {
  const outside = await place.define(
    { image: image("api"), command: ["sh", "-c", "getent hosts api || echo unknown"] },
    { family: "outside" },
  );
  const { taskArn } = await place.run(outside);
  await place.reaches(taskArn!, "STOPPED");
  expect((await place.messages()).at(-1)).toBe("unknown");
});

test("no call fails while the tasks behind the name are replaced", async () => {
  const calling = new AbortController();
  // Also when the test fails; else this would go on for ever.
  onTestFinished(() => calling.abort());
  const outcomes: string[] = [];
  const caller = (async () => {
    while (!calling.signal.aborted) {
      outcomes.push(
        await called().then(
          (text) => text.split(" ")[0]!,
          (error: Error) => error.message,
        ),
      );
      await new Promise((done) => setImmediate(done));
    }
  })();
  await place.call("ecs", "UpdateService", { cluster: "mesh", service: "api", taskDefinition: await defineApi("2") });
  await steady("api", 2);
  await expect.poll(() => outcomes.at(-1), { timeout: 60_000 }).toBe("2");
  calling.abort();
  await caller;
  expect(new Set(outcomes)).toEqual(new Set(["1", "2"]));
  expect(await called()).toMatch(/^2 /);
  const { services } = await place.call("ecs", "DescribeServices", { cluster: "mesh", services: ["api"] });
  expect(services![0]!.deployments![0]).toMatchObject({
    serviceConnectConfiguration: published(),
    serviceConnectResources: [{ discoveryName: "api", discoveryArn: expect.stringContaining(":service/srv-") }],
  });
});

test("without a task that runs a call is refused, and the name goes with its service", async () => {
  await place.call("ecs", "UpdateService", { cluster: "mesh", service: "api", desiredCount: 0 });
  await steady("api", 0);
  await expect(called()).rejects.toThrow();
  await place.call("ecs", "DeleteService", { cluster: "mesh", service: "api" });
  await vi.waitFor(() => expect(namedAddresses(place.server.cloud)).toEqual([]), { timeout: 60_000 });
});

test.each([
  ["a port that the definition does not name", { portName: "grpc" }, "InvalidParameterException"],
  ["a name that is none", { discoveryName: "An API" }, "InvalidParameterException"],
  ["two aliases", { clientAliases: [{ port: 1 }, { port: 2 }] }, "InvalidParameterException"],
  ["TLS", { tls: { issuerCertificateAuthority: {} } }, "UnsupportedFeatureException"],
])("%s is refused", async (_, more, name) => {
  const wrong = service("wrong", { taskDefinition: api, serviceConnectConfiguration: published(more) });
  await expect(wrong).rejects.toMatchObject({ name });
});

test("a namespace that is not there is refused", async () => {
  const wrong = service("wrong", { taskDefinition: api, serviceConnectConfiguration: { ...published(), namespace: "nowhere" } });
  await expect(wrong).rejects.toMatchObject({ name: "NamespaceNotFoundException" });
});
