/** A load balancer with names of its own, deployed for real into an embedded cloud: DNS, certificates, redirects, and what goes wrong. */
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { request } from "node:https";
import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { connectAws, type Aws } from "@plinth/deployer";
import { appFolder, plinth, plinthProcess, type AppFolder } from "./app-folder.ts";

const config = (options: string) => `import { app, image, loadBalancer, service } from "plinth";
export default app("site", { region: "us-east-1", stages: ["prod", "given"], production: ["prod"] }, ({ stage }) => {
  const source = image();
  const web = service({ image: source, port: 3000 });
  const entry = loadBalancer({ routes: { "/*": web }, protect: false, ${options} });
  return { source, web, entry };
});
`;
const names = `domain: [{ name: "api.example.com", zone: "example.com" }, { name: "www.example.org", zone: "example.org" }]`;
const arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f";

const files = {
  "plinth.config.ts": config(names),
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
  "server.js": `import { createServer } from "node:http";
createServer(async (request, response) => {
  const inner = request.url === "/calls" ? " calls " + (await (await fetch("https://www.example.org/")).text()) : "";
  response.end(request.headers["x-forwarded-proto"] + " " + request.headers.host + inner);
}).listen(3000);
`,
};

let app: AppFolder;
let aws: Aws;
const run = (...words: string[]) => plinth(app.folder, words);
const cloud = async () =>
  JSON.parse((await run("cloud", "status", "--json")).out.join("\n")) as { endpoint: string; dns: { address: string; port: number } };

interface Access {
  name: string;
  url: string;
  address: string;
  port: number;
  authority: string;
  command: string;
}

const access = async () =>
  (JSON.parse((await run("status", "--stage", "prod", "--local", "--json")).out.join("\n")) as { localAccess: Access[] }).localAccess;

/** As `curl --cacert CA --connect-to NAME:443:ADDRESS:PORT https://NAME/`. */
function ask({ address, port }: Pick<Access, "address" | "port">, name: string, ca: string, path = "/"): Promise<string> {
  return new Promise((done, fail) => {
    const sent = request({ host: address, port, path, servername: name, headers: { Host: name }, ca, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => done(text));
    });
    sent.once("error", fail);
    sent.end();
  });
}

beforeAll(async () => {
  app = await appFolder(files);
  await run("cloud", "start");
  aws = connectAws("us-east-1", (await cloud()).endpoint);
});
afterAll(async () => {
  aws.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("prod is served under its names: zones are made, DNS answers, certificates are the authority's, 80 leads to 443", async () => {
  expect((await run("plan", "--stage", "prod", "--local")).out.join("\n")).toContain(
    "The zone example.com is made in Route 53, which has none",
  );
  const deployed = await run("deploy", "--stage", "prod", "--local", "--yes");
  expect(deployed.failure?.message).toBeUndefined();
  const told = deployed.err.join("\n");
  expect(told).toMatch(/The zone example\.com was made in Route 53 \(Z[A-Z0-9]+\)\. It stays when the stage is destroyed\./);
  expect(told).toMatch(/domains .*example\.com, example\.org/);
  expect(told).toMatch(
    /https:\/\/api\.example\.com on this machine: curl --cacert \S+ca\.pem --connect-to api\.example\.com:443:127\.\S+ https/,
  );

  const [entry] = await access();
  expect(entry).toMatchObject({ name: "entry", url: "https://api.example.com" });
  const { dns } = await cloud();
  const resolver = new Resolver();
  resolver.setServers([`${dns.address}:${dns.port}`]);
  expect(await resolver.resolve4("api.example.com")).toEqual([entry!.address]);
  expect(await resolver.resolve4("www.example.org")).toEqual([entry!.address]);
  expect((await run("cloud", "certificate")).out).toEqual([entry!.authority]);
  const ca = await readFile(entry!.authority, "utf8");
  await vi.waitFor(async () => expect(await ask(entry!, "api.example.com", ca)).toBe("https api.example.com"), { timeout: 60_000 });
  expect(await ask(entry!, "www.example.org", ca)).toBe("https www.example.org");
  // A program of the app finds the names, too.
  expect(await ask(entry!, "api.example.com", ca, "/calls")).toBe("https api.example.com calls https www.example.org");
  await expect(ask(entry!, "other.example.com", ca)).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });

  const { LoadBalancers } = await aws.call("elbv2", "DescribeLoadBalancers", {});
  const location = await new Promise<string | undefined>((done, fail) => {
    const url = new URL(`http://${LoadBalancers![0]!.DNSName}/x?y=1`);
    get(url, { headers: { Host: "api.example.com" }, agent: false }, (response) => {
      response.resume();
      done(response.headers.location);
    }).once("error", fail);
  });
  expect(location).toMatch(/^https:\/\/api\.example\.com(?::\d+)?\/x\?y=1$/);
  expect((await run("doctor", "--stage", "prod", "--local")).exit).toBe(0);
  expect((await run("status", "--stage", "prod", "--local")).out.join("\n")).toContain("--connect-to api.example.com:443:");
});

test("a zone that the domain does not lead to is told by doctor with the records to set, and ends a first deploy", async () => {
  const { HostedZones } = await aws.call("route53", "ListHostedZonesByName", { DNSName: "example.com", MaxItems: 1 });
  const zone = HostedZones![0]!.Id!;
  const { DelegationSet } = await aws.call("route53", "GetHostedZone", { Id: zone });
  const names = (...servers: string[]) =>
    aws.call("route53", "ChangeResourceRecordSets", {
      HostedZoneId: zone,
      ChangeBatch: {
        Changes: [
          {
            Action: "UPSERT",
            ResourceRecordSet: { Name: "example.com", Type: "NS", TTL: 60, ResourceRecords: servers.map((Value) => ({ Value })) },
          },
        ],
      },
    });
  await names("ns1.elsewhere.example.", "ns2.elsewhere.example.");
  const doctor = await run("doctor", "--stage", "prod", "--local");
  const page = doctor.out.join("\n");
  expect(page).toContain("The domain example.com does not lead to its zone in Route 53: its registrar names ns");
  for (const server of DelegationSet!.NameServers!) expect(page).toContain(`example.com NS ${server}`);
  // What stands goes on: a deploy only tells of it.
  const again = await run("deploy", "--stage", "prod", "--local", "--yes");
  expect([again.exit, again.err.join("\n")]).toEqual([0, expect.stringContaining("does not lead to its zone") as string]);
  await app.write({ "plinth.config.ts": config(`domain: { name: "given.example.com", zone: "example.com" }`) });
  const refused = await plinthProcess(app.folder, ["deploy", "--stage", "given", "--local", "--yes", "--json"]);
  expect(refused.exit).not.toBe(0);
  expect(refused.error).toMatchObject({
    code: "environment",
    message: expect.stringContaining("Its certificate would wait in vain.") as string,
    remedy: expect.stringContaining("At the registrar of example.com") as string,
  });
  expect(refused.error!.evidence).toHaveLength(4);
  const { StackSummaries } = await aws.call("cloudformation", "ListStacks", {});
  expect(StackSummaries!.filter(({ StackName }) => StackName!.startsWith("site-given"))).toEqual([]);
  await names(...DelegationSet!.NameServers!.map((server) => `${server}.`));
});

test("a certificate from outside is named when it is not there, and made by command", async () => {
  await app.write({ "plinth.config.ts": config(`certificate: "${arn}"`) });
  const refused = await plinthProcess(app.folder, ["deploy", "--stage", "given", "--local", "--yes", "--json"]);
  expect(refused.error).toMatchObject({
    code: "environment",
    message: `There is no certificate ${arn} in this account of the embedded cloud.`,
    remedy: `plinth cloud certificate NAME --arn ${arn} makes one for NAME under this ARN, from the embedded cloud's own authority. Nothing was changed.`,
  });
  expect((await run("cloud", "certificate", "given.example.net", "--arn", arn)).out).toEqual([arn]);
  const { Certificate } = await aws.call("acm", "DescribeCertificate", { CertificateArn: arn });
  expect(Certificate).toMatchObject({ Status: "ISSUED", Type: "IMPORTED", DomainName: "given.example.net" });
  const deployed = await plinthProcess(app.folder, ["deploy", "--stage", "given", "--local", "--yes"]);
  expect([deployed.exit, deployed.exit === 0 ? "" : deployed.err]).toEqual([0, ""]);
  const listed = (await (await fetch(`${(await cloud()).endpoint}/_plinth/load-balancers`)).json()) as {
    loadBalancerArn: string;
    listeners: { port: number; url: string }[];
  }[];
  const { LoadBalancers } = await aws.call("elbv2", "DescribeLoadBalancers", {});
  const mine = LoadBalancers!.find(({ LoadBalancerName }) => LoadBalancerName!.startsWith("site-given"))!;
  const at = new URL(
    listed.find(({ loadBalancerArn }) => loadBalancerArn === mine.LoadBalancerArn)!.listeners.find(({ port }) => port === 443)!.url,
  );
  const ca = await readFile((await run("cloud", "certificate")).out[0]!, "utf8");
  const place = { address: at.hostname, port: Number(at.port || 443) };
  await vi.waitFor(async () => expect(await ask(place, "given.example.net", ca)).toBe("https given.example.net"), { timeout: 60_000 });
  expect((await run("cloud", "certificate", "no name", "--arn", arn)).failure?.message).toBe(
    'No certificate was made: "no name" is no name of a host.',
  );
});
