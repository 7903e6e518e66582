/** The operations on users' X.509 signing certificates. They are checked and kept; nothing here is signed with them. */
import { X509Certificate } from "node:crypto";
import type { SigningCertificate } from "@aws-sdk/client-iam";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { limitExceeded, noSuchEntity } from "../errors.ts";
import { page } from "../pages.ts";
import { checkedStatus, type SigningCertificateRecord, signingCertificates } from "../user-things.ts";
import { namedOrCalling } from "./user.ts";

const mostCertificates = 2;

/** Throws MalformedCertificate for what is none. */
export function certificateFrom(body: string): X509Certificate {
  try {
    if (!body.includes("-----BEGIN CERTIFICATE-----")) throw new Error("no certificate in PEM form");
    return new X509Certificate(body);
  } catch {
    throw new AwsError("MalformedCertificate", `Certificate ${body} is malformed`);
  }
}

function mustFind(context: OperationContext, userName: string | undefined, id: string): SigningCertificateRecord {
  const found = signingCertificates(context.cloud)
    .of(namedOrCalling(context, userName))
    .find((one) => one.id === id);
  if (!found) throw noSuchEntity(`The Certificate with id ${id} cannot be found.`);
  return found;
}

const described = (userName: string, record: SigningCertificateRecord): SigningCertificate => ({
  UserName: userName,
  CertificateId: record.id,
  CertificateBody: record.body,
  Status: record.status,
  UploadDate: new Date(record.createdMs),
});

export const uploadSigningCertificate = operation("iam", "UploadSigningCertificate", (input, context) => {
  const user = namedOrCalling(context, input.UserName);
  const body = input.CertificateBody!;
  const { fingerprint256 } = certificateFrom(body);
  const own = signingCertificates(context.cloud).of(user);
  if (own.some((one) => certificateFrom(one.body).fingerprint256 === fingerprint256))
    throw new AwsError("DuplicateCertificate", "The same certificate is already associated with an IAM user in the account.", 409);
  if (own.length >= mostCertificates) throw limitExceeded(`Cannot exceed quota for CertificatesPerUser: ${mostCertificates}`);
  const { clock, random } = context.cloud.world;
  const record: SigningCertificateRecord = {
    id: random.text(32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    userId: user.id,
    status: "Active",
    createdMs: clock.nowMs(),
    body,
  };
  signingCertificates(context.cloud).put(record);
  return { Certificate: described(user.name, record) };
});

export const listSigningCertificates = operation("iam", "ListSigningCertificates", (input, context) => {
  const user = namedOrCalling(context, input.UserName);
  const { items, rest } = page(signingCertificates(context.cloud).of(user), input, `certificates ${user.id}`, ({ id }) => id);
  return { Certificates: items.map((one) => described(user.name, one)), ...rest };
});

export const updateSigningCertificate = operation("iam", "UpdateSigningCertificate", (input, context) => {
  const record = mustFind(context, input.UserName, input.CertificateId!);
  signingCertificates(context.cloud).put({ ...record, status: checkedStatus(input.Status) });
  return {};
});

export const deleteSigningCertificate = operation("iam", "DeleteSigningCertificate", (input, context) => {
  signingCertificates(context.cloud).delete(mustFind(context, input.UserName, input.CertificateId!));
  return {};
});
