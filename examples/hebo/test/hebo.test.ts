/**
 * hebo as its developers have it: a preview in the embedded cloud, deployed by the `plinth` command, its services on App Runner and its console behind CloudFront.
 * (B…) are the rows of its list of parts that a test shows.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  AppRunnerClient,
  DescribeServiceCommand,
  DescribeVpcConnectorCommand,
  ListOperationsCommand,
  ListServicesCommand,
  type Service,
  UpdateServiceCommand,
} from "@aws-sdk/client-apprunner";
import { DeleteRouteCommand, DescribeNatGatewaysCommand, DescribeRouteTablesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeDBClustersCommand, RDSClient } from "@aws-sdk/client-rds";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsCommand } from "../../../conformance/aws-command.ts";
import { copyOf, type Deployed, eventually, type Ran } from "../../threa/test/deployed.ts";
import { type HurriedCloud, startHurriedCloud } from "../../threa/test/hurried.ts";

let hebo: Deployed;
let cloud: HurriedCloud;
let refused: Ran;
let deployed: Ran;
let settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
let services: Record<string, Service>;
let apprunner: AppRunnerClient;

const plinth = (args: readonly string[], input?: string) => hebo.plinth([...args, "--stage", "pr-1", "--local"], input);
const key = "the key of hebo's stack";
/** Of the console. */
const host = "pr-1.cloud.hebo.ai";
let place: { address: string; port: number; authority: string; url: string };

beforeAll(async () => {
  hebo = copyOf("hebo");
  // The console with what it names by a fixed address, by nothing, and by a secret that need not be set.
  hebo.edit("plinth.config.ts", (text) =>
    text
      .replace("NEXT_PUBLIC_API_URL: api,", 'NEXT_PUBLIC_API_URL: "https://api.example.com",')
      .replace("        NEXT_PUBLIC_GATEWAY_URL: gateway,\n", "")
      .replace(/(nextjs\([\s\S]*?STACK_SECRET_SERVER_KEY: )stackSecretServerKey/, "$1consoleKey")
      .replace("    const stackSecretServerKey = secret();\n", "$&    const consoleKey = secret({ optional: true });\n")
      .replace("      stackSecretServerKey,\n", "$&      consoleKey,\n"),
  );
  cloud = await startHurriedCloud(hebo);
  settings = { endpoint: cloud.endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  refused = await plinth(["deploy", "--yes"]);
  await new SecretsManagerClient(settings).send(
    new PutSecretValueCommand({ SecretId: "hebo/pr-1/stack-secret-server-key", SecretString: key }),
  );
  const publishable = { Name: "/hebo/pr-1/stack-publishable-client-key", Value: "publishable", Type: "SecureString" } as const;
  await new SSMClient(settings).send(new PutParameterCommand(publishable));
  const set = await plinth(["secrets", "set", "stackProjectId"], "project-7");
  if (set.code !== 0) throw new Error(set.stdout + set.stderr);
  deployed = await plinth(["deploy", "--yes"]);
  // Nothing else can be told of a hebo that is not there.
  if (deployed.code !== 0) throw new Error([refused, deployed].map(({ stdout, stderr }) => stdout + stderr).join("\n"));
  const { localAccess } = JSON.parse((await plinth(["status", "--json"])).stdout) as { localAccess: (typeof place)[] };
  place = localAccess.find(({ url }) => url === `https://${host}`)!;
  apprunner = new AppRunnerClient(settings);
  const { ServiceSummaryList = [] } = await apprunner.send(new ListServicesCommand({}));
  services = {};
  for (const { ServiceArn, ServiceName } of ServiceSummaryList)
    services[ServiceName!.replace("hebo-pr-1-", "")] = (
      await apprunner.send(new DescribeServiceCommand({ ServiceArn: ServiceArn! }))
    ).Service!;
}, 300_000);
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await hebo[Symbol.asyncDispose]();
});

/** Over TLS, checked against the authority of the embedded cloud. */
function ask(service: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<{ code: number; body: unknown }> {
  const ca = readFileSync(join(hebo.folder, ".plinth/cloud/authority/ca.pem"));
  return new Promise((done, fail) => {
    const options = { method: body ? "POST" : "GET", headers, ca, agent: false };
    const sent = request(`https://${services[service]!.ServiceUrl}${path}`, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => done({ code: response.statusCode!, body: JSON.parse(text) }));
    });
    sent.once("error", fail);
    sent.end(body && JSON.stringify(body));
  });
}

test("(B6) a stage whose secrets have no value is not deployed, and says how to set them", () => {
  expect(refused.code).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain("plinth secrets set stackSecretServerKey --stage pr-1 --local");
});

test("(B2, B3, B9) API and gateway run on App Runner, by digest, in the network, and are deployed by hand", async () => {
  expect(Object.keys(services).toSorted()).toEqual(["api", "gateway"]);
  for (const [name, port] of [
    ["api", "3001"],
    ["gateway", "3002"],
  ] as const) {
    expect(services[name]).toMatchObject({
      Status: "RUNNING",
      SourceConfiguration: {
        AutoDeploymentsEnabled: false,
        ImageRepository: { ImageIdentifier: expect.stringMatching(/@sha256:[0-9a-f]{64}$/), ImageConfiguration: { Port: port } },
      },
      NetworkConfiguration: { EgressConfiguration: { EgressType: "VPC" } },
    });
    expect(await ask(name, "/")).toEqual({ code: 200, body: { service: name } });
  }
});

test("(B2, B6) both use the database, and the API the secret key", async () => {
  const agent = { name: "pirate", instructions: "Arr" };
  expect((await ask("api", "/agents", agent)).code).toBe(401);
  expect(await ask("api", "/agents", agent, { authorization: `Bearer ${key}` })).toEqual({ code: 201, body: { name: "pirate" } });
  expect(await ask("gateway", "/v1/chat/completions", { model: "pirate", messages: [{}] })).toMatchObject({
    code: 200,
    body: { choices: [{ message: { content: "Arr (1 message)" } }] },
  });
  expect((await ask("gateway", "/v1/chat/completions", { model: "nobody", messages: [] })).code).toBe(404);
  expect(await ask("api", "/agents")).toEqual({ code: 200, body: [{ ...agent, requests: 1 }] });
});

interface Answer {
  status: number;
  text: string;
  headers: Record<string, string | string[] | undefined>;
}

/** As a browser that resolves the console's name by the cloud's DNS server and trusts its authority. */
function askConsole(
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(
      {
        host: place.address,
        port: place.port,
        path,
        method,
        servername: host,
        headers: { Host: host, ...headers },
        ca: readFileSync(place.authority),
        agent: false,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.once("end", () => done({ status: response.statusCode!, text, headers: response.headers }));
      },
    );
    sent.once("error", fail);
    sent.end(body);
  });
}

const page = () =>
  eventually(
    () => askConsole("/", { headers: { Cookie: "who=Ada" } }),
    ({ status }) => status === 200,
  );
const filesOf = ({ text }: Answer) => [...text.matchAll(/\/_next\/static\/[^"]+/g)].map(([path]) => path);

test("(B4) pages of the console come from the server for each request, files from the bucket and then from CloudFront's cache", async () => {
  const first = await page();
  expect(first.text).toContain("Hello, Ada");
  expect(first.text).toContain("Project project-7, server key not set");
  expect(first.headers["x-cache"]).toBe("Miss from cloudfront");
  const script = filesOf(first).find((path) => path.endsWith(".js"))!;
  const file = await askConsole(script);
  expect([file.status, file.headers.server, file.headers["content-type"], file.headers["cache-control"], file.headers["x-cache"]]).toEqual([
    200,
    "AmazonS3",
    "application/javascript; charset=utf-8",
    "public,max-age=31536000,immutable",
    "Miss from cloudfront",
  ]);
  // What is known before the deploy stands in the file; what is not is asked of the server.
  expect(file.text).toContain('api: "https://api.example.com", gateway: null');
  expect((await askConsole(script)).headers["x-cache"]).toBe("Hit from cloudfront");
  expect((await askConsole("/robots.txt")).headers["x-from"]).toBe("server");
  expect((await askConsole("/_next/static/none.js")).status).toBe(404);
  const posted = await askConsole("/api/echo", { method: "POST", body: '{"a":1}', headers: { "Content-Type": "application/json" } });
  expect([posted.status, posted.text]).toEqual([200, '{"a":1}']);
});

test("(B1, B9) the preview's database pauses after 20 minutes, and is encrypted", async () => {
  const { DBClusters } = await new RDSClient(settings).send(new DescribeDBClustersCommand({}));
  expect(DBClusters).toMatchObject([
    {
      Engine: "aurora-postgresql",
      EngineVersion: expect.stringMatching(/^17\./),
      StorageEncrypted: true,
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, SecondsUntilAutoPause: 1200 },
    },
  ]);
});

const { installed, path: PATH } = awsCommand;
test.skipIf(!installed)(`(B9) the source's commands${installed ? "" : " (skipped: the aws command is not installed)"}`, async () => {
  const { HOME } = process.env;
  const { endpoint } = settings;
  const access = { AWS_ENDPOINT_URL: endpoint, AWS_DEFAULT_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const aws = async (...args: string[]) =>
    // Version 1 of the aws command takes the endpoint of RDS from nowhere but its option.
    JSON.parse(
      (await promisify(execFile)("aws", [...args, "--endpoint-url", endpoint], { env: { PATH, HOME, AWS_PAGER: "", ...access } })).stdout,
    ) as unknown;
  expect(await aws("apprunner", "describe-service", "--service-arn", services.api!.ServiceArn!)).toMatchObject({
    Service: { ServiceName: "hebo-pr-1-api", Status: "RUNNING" },
  });
  const { DBClusters } = await new RDSClient(settings).send(new DescribeDBClustersCommand({}));
  const identifier = DBClusters![0]!.DBClusterIdentifier!;
  expect(await aws("rds", "describe-db-clusters", "--db-cluster-identifier", identifier)).toMatchObject({
    DBClusters: [{ DBClusterIdentifier: identifier, Engine: "aurora-postgresql", StorageEncrypted: true }],
  });
});

test("(B5, B8) a preview's network has a way out; what somebody breaks is named by plinth doctor", async () => {
  const ec2 = new EC2Client(settings);
  const { NatGateways } = await ec2.send(new DescribeNatGatewaysCommand({}));
  expect(NatGateways).toHaveLength(1);

  // The route of one of the connector's subnets goes, and the gateway gets a version that ends by itself.
  const { ServiceArn, NetworkConfiguration, SourceConfiguration } = services.gateway!;
  const VpcConnectorArn = NetworkConfiguration!.EgressConfiguration!.VpcConnectorArn!;
  const { VpcConnector } = await apprunner.send(new DescribeVpcConnectorCommand({ VpcConnectorArn }));
  const [subnet] = VpcConnector!.Subnets!;
  const Filters = [{ Name: "association.subnet-id", Values: [subnet!] }];
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  await ec2.send(new DeleteRouteCommand({ RouteTableId: RouteTables![0]!.RouteTableId!, DestinationCidrBlock: "0.0.0.0/0" }));
  const { ImageRepository } = SourceConfiguration!;
  const StartCommand = `node -e 'console.log("password authentication failed for user"); process.exit(3)'`;
  const ill = { ...ImageRepository!, ImageConfiguration: { ...ImageRepository!.ImageConfiguration, StartCommand } };
  await apprunner.send(
    new UpdateServiceCommand({ ServiceArn: ServiceArn!, SourceConfiguration: { ...SourceConfiguration, ImageRepository: ill } }),
  );
  const last = async () => (await apprunner.send(new ListOperationsCommand({ ServiceArn: ServiceArn! }))).OperationSummaryList![0]!.Status!;
  await eventually(last, (status) => status === "ROLLBACK_SUCCEEDED");
  expect(await ask("gateway", "/")).toEqual({ code: 200, body: { service: "gateway" } });

  const { findings } = JSON.parse((await plinth(["doctor", "--json"])).stdout) as { findings: { diagnosis: string; subject: string }[] };
  expect(findings.map(({ diagnosis, subject }) => `${diagnosis} ${subject}`).toSorted()).toEqual([
    "connector-without-way-out ApiConnector",
    "connector-without-way-out GatewayConnector",
    "database-login gateway",
    "deployment-failed gateway",
    "tasks-keep-stopping gateway",
  ]);
});
