/** The operations on users' SSH public keys. They are kept; there is no CodeCommit here that would let anybody in by them. */
import type { KeyObject } from "node:crypto";
import type { SSHPublicKey } from "@aws-sdk/client-iam";
import { AwsError } from "../../../aws-error.ts";
import { colonHex, publicKeyFrom, sshBlob, sshLine } from "../../../identity/openssh.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { limitExceeded, noSuchEntity } from "../errors.ts";
import { check } from "../names.ts";
import { page } from "../pages.ts";
import { checkedStatus, type SshKeyRecord, sshKeys } from "../user-things.ts";
import { mustFindUser, namedOrCalling } from "./user.ts";

const mostKeys = 5;

function mustFind(context: OperationContext, userName: string, id: string): SshKeyRecord {
  const found = sshKeys(context.cloud)
    .of(mustFindUser(context, userName))
    .find((key) => key.id === id);
  if (!found) throw noSuchEntity(`The Public Key with id ${id} cannot be found.`);
  return found;
}

const described = (userName: string, key: SshKeyRecord, body = key.body): SSHPublicKey => ({
  UserName: userName,
  SSHPublicKeyId: key.id,
  Fingerprint: key.fingerprint,
  SSHPublicKeyBody: body,
  Status: key.status,
  UploadDate: new Date(key.createdMs),
});

export const uploadSSHPublicKey = operation("iam", "UploadSSHPublicKey", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  const body = input.SSHPublicKeyBody!;
  check({ sSHPublicKeyBody: [body, { length: [1, 16_384] }] });
  const key = publicKeyFrom(Buffer.from(body));
  if (key?.asymmetricKeyType !== "rsa")
    throw new AwsError("InvalidPublicKey", "The public key is invalid. It must be an RSA key in SSH or PEM form.");
  const own = sshKeys(context.cloud).of(user);
  const fingerprint = colonHex("md5", sshBlob(key));
  if (own.some((one) => one.fingerprint === fingerprint))
    throw new AwsError("DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user.");
  if (own.length >= mostKeys) throw limitExceeded(`Cannot exceed quota for SSHPublicKeysPerUser: ${mostKeys}`);
  const { clock, random } = context.cloud.world;
  const record: SshKeyRecord = {
    id: `APKA${random.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    userId: user.id,
    status: "Active",
    createdMs: clock.nowMs(),
    body,
    fingerprint,
  };
  sshKeys(context.cloud).put(record);
  return { SSHPublicKey: described(user.name, record) };
});

export const getSSHPublicKey = operation("iam", "GetSSHPublicKey", (input, context) => {
  const record = mustFind(context, input.UserName!, input.SSHPublicKeyId!);
  if (input.Encoding !== "SSH" && input.Encoding !== "PEM")
    throw new AwsError("UnrecognizedPublicKeyEncoding", `The public key encoding ${String(input.Encoding)} is not recognized.`);
  return { SSHPublicKey: described(input.UserName!, record, encoded(record.body, input.Encoding)) };
});

/** As it was uploaded where it is of that form already. */
function encoded(body: string, encoding: "SSH" | "PEM"): string {
  const key: KeyObject = publicKeyFrom(Buffer.from(body))!;
  if (encoding === "SSH")
    return body.startsWith("-----BEGIN PUBLIC KEY") || body.startsWith("-----BEGIN RSA PUBLIC KEY") ? sshLine(key) : body;
  return body.startsWith("-----BEGIN ") ? body : key.export({ type: "spki", format: "pem" }).toString();
}

export const listSSHPublicKeys = operation("iam", "ListSSHPublicKeys", (input, context) => {
  const user = namedOrCalling(context, input.UserName);
  const { items, rest } = page(sshKeys(context.cloud).of(user), input, `ssh keys ${user.id}`, ({ id }) => id);
  return {
    SSHPublicKeys: items.map(({ id, status, createdMs }) => ({
      UserName: user.name,
      SSHPublicKeyId: id,
      Status: status,
      UploadDate: new Date(createdMs),
    })),
    ...rest,
  };
});

export const updateSSHPublicKey = operation("iam", "UpdateSSHPublicKey", (input, context) => {
  const record = mustFind(context, input.UserName!, input.SSHPublicKeyId!);
  sshKeys(context.cloud).put({ ...record, status: checkedStatus(input.Status) });
  return {};
});

export const deleteSSHPublicKey = operation("iam", "DeleteSSHPublicKey", (input, context) => {
  sshKeys(context.cloud).delete(mustFind(context, input.UserName!, input.SSHPublicKeyId!));
  return {};
});
