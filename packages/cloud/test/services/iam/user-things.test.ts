/** What users have beside policies: MFA devices, SSH keys, certificates, passwords of services; and the report about them. */
import { generateKeyPairSync } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sshLine } from "../../../src/identity/openssh.ts";
import { base32, codeOf } from "../../../src/identity/totp.ts";
import { startSimulatedCloud, startTestCloud } from "../../cloud.ts";

const code = (code: string, message: string) => expect.objectContaining({ code, message });

test("codes are those of RFC 6238, seeds those of RFC 4648", () => {
  const seed = Buffer.from("12345678901234567890");
  // The RFC's eight digits end in these six.
  expect([59, 1_111_111_109, 1_234_567_890, 20_000_000_000].map((second) => codeOf(seed, Math.floor(second / 30)))).toEqual([
    "287082",
    "081804",
    "005924",
    "353130",
  ]);
  expect(base32(Buffer.from("fooba"))).toBe("MZXW6YTB");
});

test("a virtual MFA device is enabled by two codes that follow each other, and keeps its user", async () => {
  await using cloud = await startSimulatedCloud();
  const { call } = cloud;
  await call("iam", "CreateUser", { UserName: "ann" });
  const device = (await call("iam", "CreateVirtualMFADevice", { VirtualMFADeviceName: "phone" })).VirtualMFADevice!;
  const SerialNumber = device.SerialNumber!;
  expect(SerialNumber).toBe("arn:aws:iam::123456789012:mfa/phone");
  const bits = [...Buffer.from(device.Base32StringSeed!).toString()]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const seed = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
  const now = Math.floor(cloud.world.clock.nowMs() / 30_000);
  const enable = (first: number, second: number) =>
    call("iam", "EnableMFADevice", {
      UserName: "ann",
      SerialNumber,
      AuthenticationCode1: codeOf(seed, first),
      AuthenticationCode2: codeOf(seed, second),
    });
  const invalid = code("InvalidAuthenticationCode", "Authentication code for device is not valid.");
  await expect(enable(now, now)).rejects.toEqual(invalid);
  await expect(enable(now - 100, now - 99)).rejects.toEqual(invalid);
  await enable(now, now + 1);
  expect((await call("iam", "ListMFADevices", { UserName: "ann" })).MFADevices).toMatchObject([{ SerialNumber, UserName: "ann" }]);
  const listed = async (AssignmentStatus: "Assigned" | "Unassigned") =>
    (await call("iam", "ListVirtualMFADevices", { AssignmentStatus })).VirtualMFADevices;
  expect(await listed("Assigned")).toMatchObject([{ SerialNumber, User: { UserName: "ann" } }]);
  expect(await listed("Unassigned")).toEqual([]);
  // The device goes with the user's id, not with its name.
  await call("iam", "UpdateUser", { UserName: "ann", NewUserName: "anna" });
  await expect(call("iam", "DeleteUser", { UserName: "anna" })).rejects.toMatchObject({ code: "DeleteConflict" });
  await expect(call("iam", "DeleteVirtualMFADevice", { SerialNumber })).rejects.toMatchObject({ code: "DeleteConflict" });
  await call("iam", "DeactivateMFADevice", { UserName: "anna", SerialNumber });
  await call("iam", "DeleteVirtualMFADevice", { SerialNumber });
  await call("iam", "DeleteUser", { UserName: "anna" });
});

test("SSH keys are RSA, and are given back in either form", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  await call("iam", "CreateUser", { UserName: "ann" });
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const SSHPublicKeyBody = `${sshLine(publicKey)} ann@home`;
  const upload = (body: string) => call("iam", "UploadSSHPublicKey", { UserName: "ann", SSHPublicKeyBody: body });
  const { SSHPublicKeyId } = (await upload(SSHPublicKeyBody)).SSHPublicKey!;
  expect(SSHPublicKeyId).toMatch(/^APKA[A-Z2-7]{16}$/);
  const get = async (Encoding: "SSH" | "PEM") =>
    (await call("iam", "GetSSHPublicKey", { UserName: "ann", SSHPublicKeyId: SSHPublicKeyId!, Encoding })).SSHPublicKey!.SSHPublicKeyBody;
  expect(await get("SSH")).toBe(SSHPublicKeyBody);
  expect(await get("PEM")).toBe(publicKey.export({ type: "spki", format: "pem" }));
  await expect(upload(SSHPublicKeyBody)).rejects.toMatchObject({ code: "DuplicateSSHPublicKey" });
  await expect(upload("ssh-rsa nonsense")).rejects.toMatchObject({ code: "InvalidPublicKey" });
  await expect(call("iam", "DeleteUser", { UserName: "ann" })).rejects.toMatchObject({ code: "DeleteConflict" });
});

const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;

test.skipIf(!hasOpenssl)("certificates are parsed, and a server's key must fit", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const folder = mkdtempSync(join(tmpdir(), "plinth-certificate-"));
  const [keyFile, file] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=example.org"];
  execFileSync("openssl", ["req", ...options, "-keyout", keyFile, "-out", file], { stdio: "ignore" });
  const [PrivateKey, CertificateBody] = [readFileSync(keyFile, "utf8"), readFileSync(file, "utf8")];
  rmSync(folder, { recursive: true });
  const upload = (more: object) =>
    call("iam", "UploadServerCertificate", { ServerCertificateName: "web", CertificateBody, PrivateKey, ...more });
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await expect(upload({ PrivateKey: other })).rejects.toMatchObject({ code: "KeyPairMismatch" });
  await expect(upload({ CertificateBody: "certificate" })).rejects.toMatchObject({ code: "MalformedCertificate" });
  expect((await upload({ Path: "/cdn/" })).ServerCertificateMetadata!.Arn).toBe("arn:aws:iam::123456789012:server-certificate/cdn/web");
  await expect(upload({})).rejects.toMatchObject({ code: "EntityAlreadyExists" });
  await call("iam", "CreateUser", { UserName: "ann" });
  const sign = () => call("iam", "UploadSigningCertificate", { UserName: "ann", CertificateBody });
  const { CertificateId } = (await sign()).Certificate!;
  await expect(sign()).rejects.toMatchObject({ code: "DuplicateCertificate" });
  await call("iam", "UpdateSigningCertificate", { UserName: "ann", CertificateId: CertificateId!, Status: "Inactive" });
  expect((await call("iam", "ListSigningCertificates", { UserName: "ann" })).Certificates).toMatchObject([{ Status: "Inactive" }]);
  expect((await call("iam", "GetAccountSummary", {})).SummaryMap).toMatchObject({ ServerCertificates: 1 });
});

test("passwords of services are given out once", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  await call("iam", "CreateUser", { UserName: "ann" });
  const create = (ServiceName: string) => call("iam", "CreateServiceSpecificCredential", { UserName: "ann", ServiceName });
  const made = (await create("codecommit.amazonaws.com")).ServiceSpecificCredential!;
  expect(made).toMatchObject({ ServiceUserName: "ann-at-123456789012", ServicePassword: expect.stringMatching(/^.{44}$/) });
  expect((await create("codecommit.amazonaws.com")).ServiceSpecificCredential!.ServiceUserName).toBe("ann+1-at-123456789012");
  await expect(create("codecommit.amazonaws.com")).rejects.toMatchObject({ code: "LimitExceeded" });
  await expect(create("s3.amazonaws.com")).rejects.toMatchObject({ code: "NotSupportedService" });
  const listed = (await call("iam", "ListServiceSpecificCredentials", { UserName: "ann" })).ServiceSpecificCredentials!;
  expect(listed).toHaveLength(2);
  expect(listed[0]).not.toHaveProperty("ServicePassword");
});

test("the credential report tells of the root and the users as they are when it is made, for four hours", async () => {
  await using cloud = await startSimulatedCloud();
  const { call } = cloud;
  await expect(call("iam", "GetCredentialReport", {})).rejects.toMatchObject({ code: "ReportNotPresent" });
  await call("iam", "CreateUser", { UserName: "ann" });
  const { AccessKeyId } = (await call("iam", "CreateAccessKey", { UserName: "ann" })).AccessKey!;
  await call("iam", "UpdateAccessKey", { UserName: "ann", AccessKeyId: AccessKeyId!, Status: "Inactive" });
  expect((await call("iam", "GenerateCredentialReport", {})).State).toBe("STARTED");
  expect((await call("iam", "GenerateCredentialReport", {})).State).toBe("COMPLETE");
  const rows = Buffer.from((await call("iam", "GetCredentialReport", {})).Content!)
    .toString()
    .split("\n")
    .map((line) => line.split(","));
  expect(rows.map((row) => row.length)).toEqual([22, 22, 22]);
  expect(rows.map(([name]) => name)).toEqual(["user", "<root_account>", "ann"]);
  expect(rows[2]!.slice(7, 14)).toEqual(["false", "false", expect.stringMatching(/\+00:00$/), "N/A", "N/A", "N/A", "false"]);
  await cloud.world.clock.sleepThrough(5 * 3_600_000);
  await expect(call("iam", "GetCredentialReport", {})).rejects.toMatchObject({ code: "ReportExpired" });
});

test("any of AWS's managed policies can be attached, and has AWS's document", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  await call("iam", "CreateGroup", { GroupName: "data" });
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonElasticMapReduceforEC2Role";
  await call("iam", "AttachGroupPolicy", { GroupName: "data", PolicyArn });
  const linked = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
  await expect(call("iam", "AttachGroupPolicy", { GroupName: "data", PolicyArn: linked })).rejects.toEqual(
    code("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Group."),
  );
  const { Policy } = await call("iam", "GetPolicy", { PolicyArn });
  expect(Policy).toMatchObject({ AttachmentCount: 1, PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/) });
  const version = (await call("iam", "GetPolicyVersion", { PolicyArn, VersionId: Policy!.DefaultVersionId! })).PolicyVersion!;
  expect(JSON.parse(decodeURIComponent(version.Document!))).toMatchObject({ Version: "2012-10-17" });
  expect((await call("iam", "ListPolicies", { OnlyAttached: true })).Policies!.map((one) => one.Arn)).toEqual([PolicyArn]);
});
