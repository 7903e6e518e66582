/** The operations on server certificates. They are checked, their keys against them, and kept without the keys; nothing here serves them. */
import { createPrivateKey } from "node:crypto";
import type { ServerCertificateMetadata } from "@aws-sdk/client-iam";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { entityAlreadyExists, limitExceeded, noSuchEntity } from "../errors.ts";
import { check, checkedPath, checkedTags, mergedTags, pathPrefix, tagList, withoutTags } from "../names.ts";
import { page } from "../pages.ts";
import { certificateFrom } from "./signing-certificate.ts";

interface ServerCertificateRecord {
  name: string;
  id: string;
  path: string;
  body: string;
  chain?: string;
  uploadedMs: number;
  expiresMs: number;
  tags: Record<string, string>;
}

const mostCertificates = 20;
const nameConstraint = { length: [1, 128] as const, pattern: "[\\w+=,.@-]+" };

const certificates = (context: OperationContext) => context.cloud.store.collection<ServerCertificateRecord>("iam:server-certificate");

export const serverCertificateCount = (context: OperationContext): number => certificates(context).list("global").length;

function mustFind(context: OperationContext, name: string): ServerCertificateRecord {
  const found = certificates(context).get("global", name.toLowerCase());
  if (found?.name !== name) throw noSuchEntity(`The Server Certificate with name ${name} cannot be found.`);
  return found;
}

const keep = (context: OperationContext, record: ServerCertificateRecord) =>
  certificates(context).put("global", record.name.toLowerCase(), record);

const metadata = (context: OperationContext, record: ServerCertificateRecord): ServerCertificateMetadata => ({
  Path: record.path,
  ServerCertificateName: record.name,
  ServerCertificateId: record.id,
  Arn: `arn:aws:iam::${context.account}:server-certificate${record.path}${record.name}`,
  UploadDate: new Date(record.uploadedMs),
  Expiration: new Date(record.expiresMs),
});

const taken = (name: string) => entityAlreadyExists(`The Server Certificate with name ${name} already exists.`);

export const uploadServerCertificate = operation("iam", "UploadServerCertificate", (input, context) => {
  const name = input.ServerCertificateName!;
  check({ serverCertificateName: [name, nameConstraint] });
  const path = checkedPath(input.Path);
  const tags = checkedTags(input.Tags);
  if (certificates(context).has("global", name.toLowerCase())) throw taken(name);
  if (serverCertificateCount(context) >= mostCertificates)
    throw limitExceeded(`Cannot exceed quota for ServerCertificatesPerAccount: ${mostCertificates}`);
  let certificate;
  let key;
  try {
    certificate = certificateFrom(input.CertificateBody!);
  } catch {
    throw new AwsError("MalformedCertificate", "Unable to parse certificate. Please ensure the certificate is in PEM format.");
  }
  try {
    key = createPrivateKey(input.PrivateKey!);
  } catch {
    throw new AwsError("MalformedCertificate", "Unable to parse key. Please ensure the key is in PEM format and is not encrypted.");
  }
  if (!certificate.checkPrivateKey(key)) throw new AwsError("KeyPairMismatch", "The private key does not match the certificate.");
  const { clock, random } = context.cloud.world;
  const record: ServerCertificateRecord = {
    name,
    id: `ASCA${random.text(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    path,
    body: input.CertificateBody!,
    ...(input.CertificateChain !== undefined && { chain: input.CertificateChain }),
    uploadedMs: clock.nowMs(),
    expiresMs: Date.parse(certificate.validTo),
    tags,
  };
  keep(context, record);
  return { ServerCertificateMetadata: metadata(context, record), ...(Object.keys(tags).length > 0 && { Tags: tagList(tags) }) };
});

export const getServerCertificate = operation("iam", "GetServerCertificate", (input, context) => {
  const record = mustFind(context, input.ServerCertificateName!);
  return {
    ServerCertificate: {
      ServerCertificateMetadata: metadata(context, record),
      CertificateBody: record.body,
      ...(record.chain !== undefined && { CertificateChain: record.chain }),
      Tags: tagList(record.tags),
    },
  };
});

export const listServerCertificates = operation("iam", "ListServerCertificates", (input, context) => {
  check({ pathPrefix: [input.PathPrefix, pathPrefix] });
  const prefix = input.PathPrefix ?? "/";
  const found = certificates(context)
    .list("global")
    .filter(({ path }) => path.startsWith(prefix));
  const { items, rest } = page(found, input, `server certificates ${prefix}`, ({ name }) => name);
  return { ServerCertificateMetadataList: items.map((one) => metadata(context, one)), ...rest };
});

export const updateServerCertificate = operation("iam", "UpdateServerCertificate", (input, context) => {
  const record = mustFind(context, input.ServerCertificateName!);
  check({ newServerCertificateName: [input.NewServerCertificateName, nameConstraint] });
  const path = input.NewPath === undefined ? record.path : checkedPath(input.NewPath);
  const name = input.NewServerCertificateName ?? record.name;
  const other = certificates(context).get("global", name.toLowerCase());
  if (other && other.id !== record.id) throw taken(name);
  certificates(context).delete("global", record.name.toLowerCase());
  keep(context, { ...record, name, path });
  return {};
});

export const deleteServerCertificate = operation("iam", "DeleteServerCertificate", (input, context) => {
  const record = mustFind(context, input.ServerCertificateName!);
  certificates(context).delete("global", record.name.toLowerCase());
  return {};
});

export const tagServerCertificate = operation("iam", "TagServerCertificate", (input, context) => {
  const record = mustFind(context, input.ServerCertificateName!);
  keep(context, { ...record, tags: mergedTags(record.tags, checkedTags(input.Tags)) });
  return {};
});

export const untagServerCertificate = operation("iam", "UntagServerCertificate", (input, context) => {
  const record = mustFind(context, input.ServerCertificateName!);
  keep(context, { ...record, tags: withoutTags(record.tags, input.TagKeys!) });
  return {};
});

export const listServerCertificateTags = operation("iam", "ListServerCertificateTags", (input, context) => {
  const { id, tags } = mustFind(context, input.ServerCertificateName!);
  const { items, rest } = page(tagList(tags), input, `tags ${id}`, ({ Key }) => Key);
  return { Tags: items, ...rest };
});
