/** arive's production on a laptop, under its own name: https://api.tryarive.com by the cloud's DNS server, authority and load balancer (row A2). */
import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { request } from "node:https";
import { ACMClient, DescribeCertificateCommand, ListCertificatesCommand } from "@aws-sdk/client-acm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyOf, type Deployed, eventually } from "../../threa/test/deployed.ts";

const name = "api.tryarive.com";
const stage = ["--stage", "prod", "--local"];

let arive: Deployed;
let place: { address: string; port: number; authority: string; command: string };
let cloud: { endpoint: string; dns: { address: string; port: number } };
const json = async <T>(...args: string[]) => JSON.parse((await arive.plinth([...args, "--json"])).stdout) as T;

beforeAll(async () => {
  arive = copyOf("arive");
  const deployed = await arive.plinth(["deploy", ...stage, "--yes"]);
  if (deployed.code !== 0) throw new Error(deployed.stdout + deployed.stderr);
  const status = await json<{ localAccess: (typeof place & { url: string })[] }>("status", ...stage);
  expect(status.localAccess.map(({ url }) => url)).toEqual([`https://${name}`]);
  place = status.localAccess[0]!;
  cloud = await json("cloud", "status");
}, 300_000);
afterAll(() => arive[Symbol.asyncDispose]());

interface Answer {
  status: number | undefined;
  text: string;
  names: string | undefined;
}

/** As `curl --cacert CA --connect-to NAME:443:ADDRESS:PORT https://NAME/PATH`. */
function ask(path: string): Promise<Answer> {
  const ca = readFileSync(place.authority);
  return new Promise((done, fail) => {
    const sent = request(
      { host: place.address, port: place.port, path, servername: name, headers: { Host: name }, ca, agent: false },
      (response) => {
        const names = (response.socket as unknown as { getPeerCertificate(): { subjectaltname?: string } }).getPeerCertificate()
          .subjectaltname;
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.once("end", () => done({ status: response.statusCode, text, names }));
      },
    );
    sent.once("error", fail);
    sent.end();
  });
}

test("the name leads to the load balancer, whose certificate is the authority's and issued by proof", async () => {
  const resolver = new Resolver();
  resolver.setServers([`${cloud.dns.address}:${cloud.dns.port}`]);
  expect(await resolver.resolve4(name)).toEqual([place.address]);
  const answer = await eventually(
    () => ask("/health"),
    ({ status }) => status === 200,
  );
  expect(answer.names).toBe(`DNS:${name}`);
  const settings = { endpoint: cloud.endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const acm = new ACMClient(settings);
  const { CertificateSummaryList } = await acm.send(new ListCertificatesCommand({}));
  expect(CertificateSummaryList!.map(({ DomainName, Status, InUse }) => [DomainName, Status, InUse])).toEqual([[name, "ISSUED", true]]);
  const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn: CertificateSummaryList![0]!.CertificateArn }));
  const [proof] = Certificate!.DomainValidationOptions!;
  expect(proof).toMatchObject({ ValidationMethod: "DNS", ValidationStatus: "SUCCESS" });
  expect(await resolver.resolveCname(proof!.ResourceRecord!.Name!)).toEqual([proof!.ResourceRecord!.Value!.replace(/\.$/, "")]);
  acm.destroy();
});

test("port 80 leads to 443, and doctor finds the domain in order", async () => {
  const { entry } = await json<{ entry: { name: string } }>("outputs", ...stage);
  const answer = await new Promise<{ status: number | undefined; location: string | undefined }>((done, fail) => {
    get(new URL(`http://${entry.name}/uploads?x=1`), { headers: { Host: name }, agent: false }, (response) => {
      response.resume();
      done({ status: response.statusCode, location: response.headers.location });
    }).once("error", fail);
  });
  expect(answer.status).toBe(301);
  expect(answer.location).toMatch(/^https:\/\/api\.tryarive\.com(?::\d+)?\/uploads\?x=1$/);
  const doctor = await json<{ findings: { diagnosis: string }[]; sound: string[] }>("doctor", ...stage);
  expect(doctor.findings.filter(({ diagnosis }) => /domain|certificate/.test(diagnosis))).toEqual([]);
});
