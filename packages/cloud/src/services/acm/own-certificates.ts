/**
 * `/_plinth/certificates`: GET says where the certificate of the cloud's authority lies, which clients trust; POST issues one for the names
 * given, as if it had been imported, under an ARN of one's choice: so that a template which names a certificate of AWS's runs here.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cloud } from "../../cloud.ts";
import { authorityFile, certificateFor } from "../../runtime/authority.ts";
import { type CertificateRecord, certificates, keyAlgorithmOf, saveCertificate } from "./certificate.ts";

const largestBodyBytes = 64 * 1024;
const mostNames = 100;
const namePattern =
  /^(?=.{1,253}$)(?:\*\.)?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

interface Wanted {
  names: string[];
  region: string;
  arn?: string;
}

class BadRequest extends Error {}

export async function serveCertificates(request: IncomingMessage, response: ServerResponse, cloud: Cloud): Promise<void> {
  const answer = (status: number, body: object) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(`${JSON.stringify(body)}\n`);
  };
  if (request.method !== "POST") return answer(200, { authority: await authorityFile(cloud) });
  try {
    answer(201, { arn: await makeOwn(cloud, readWanted(await bodyOf(request))) });
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    answer(400, { message: error.message });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8") as AsyncIterable<string>) {
    text += part;
    if (text.length > largestBodyBytes) throw new BadRequest("the request is too long");
  }
  return text;
}

function readWanted(text: string): Wanted {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest("the request is no JSON");
  }
  const { names, region, arn } = (value ?? {}) as Partial<Record<keyof Wanted, unknown>>;
  if (!Array.isArray(names) || names.length === 0 || names.length > mostNames) throw new BadRequest(`give 1 to ${mostNames} names`);
  for (const name of names as unknown[])
    if (typeof name !== "string" || !namePattern.test(name)) throw new BadRequest(`${JSON.stringify(name)} is no name of a host`);
  if (typeof region !== "string" || !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region))
    throw new BadRequest(`${JSON.stringify(region)} is no region`);
  if (arn !== undefined && typeof arn !== "string") throw new BadRequest("arn is no text");
  return { names: names as string[], region, ...(arn !== undefined && { arn }) };
}

/** Again under the same ARN it is made anew, as by importing. */
async function makeOwn(cloud: Cloud, { names, region, arn: wanted }: Wanted): Promise<string> {
  const { account, world } = cloud;
  const prefix = `arn:aws:acm:${region}:${account}:certificate/`;
  const arn = wanted ?? `${prefix}${world.random.uuid()}`;
  if (!arn.startsWith(prefix) || !/^[\w-]+$/.test(arn.slice(prefix.length)))
    throw new BadRequest(`${arn} is no certificate of account ${account} in ${region}: it begins with ${prefix}`);
  const before = certificates(cloud).get(region, arn);
  if (before && before.type !== "IMPORTED") throw new BadRequest(`${arn} was requested, and renews by itself`);
  const files = await certificateFor(cloud, { owner: arn, names, addresses: [] });
  const [chain, keyPem] = [
    await world.disk.files.readFile(files.certificateFile, "utf8"),
    await world.disk.files.readFile(files.keyFile, "utf8"),
  ];
  const [certificatePem = "", ...rest] = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const record: CertificateRecord = {
    arn,
    type: "IMPORTED",
    status: "ISSUED",
    domainName: names[0]!,
    alternativeNames: names.slice(1),
    createdMs: before?.createdMs ?? world.clock.nowMs(),
    certificatePem,
    chainPem: `${rest.join("\n")}\n`,
    keyPem,
    keyAlgorithm: keyAlgorithmOf(keyPem),
    transparencyLogging: "DISABLED",
    tags: before?.tags ?? {},
  };
  saveCertificate({ cloud, region, account }, record);
  return arn;
}
