/** Key pairs are real: what comes out of EC2 opens what its public half closes. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publicKeyFrom, sshLine } from "../../../src/identity/openssh.ts";
import { startTestCloud } from "../../cloud.ts";

const code = (code: string, message: string) => expect.objectContaining({ code, message });

test("an RSA pair: the private key is given once, the public one fits it", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const made = await call("ec2", "CreateKeyPair", {
    KeyName: "deploy",
    TagSpecifications: [{ ResourceType: "key-pair", Tags: [{ Key: "team", Value: "web" }] }],
  });
  expect(made.KeyPairId).toMatch(/^key-[0-9a-f]{17}$/);
  expect(made.KeyMaterial).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(made.KeyFingerprint).toMatch(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
  const [pair] = (await call("ec2", "DescribeKeyPairs", { IncludePublicKey: true })).KeyPairs!;
  expect(pair).toMatchObject({ KeyName: "deploy", KeyType: "rsa", Tags: [{ Key: "team", Value: "web" }] });
  const data = Buffer.from("hello");
  const signature = sign("sha256", data, createPrivateKey(made.KeyMaterial!));
  expect(verify("sha256", data, publicKeyFrom(Buffer.from(pair!.PublicKey!))!, signature)).toBe(true);
  expect((await call("ec2", "DescribeKeyPairs", { KeyNames: ["deploy"] })).KeyPairs![0]).not.toHaveProperty("PublicKey");
  await expect(call("ec2", "CreateKeyPair", { KeyName: "deploy" })).rejects.toEqual(
    code("InvalidKeyPair.Duplicate", "The keypair already exists"),
  );
  await call("ec2", "DeleteKeyPair", { KeyName: "deploy" });
  await call("ec2", "DeleteKeyPair", { KeyName: "deploy" });
  await expect(call("ec2", "DescribeKeyPairs", { KeyNames: ["deploy"] })).rejects.toEqual(
    code("InvalidKeyPair.NotFound", "The key pair 'deploy' does not exist"),
  );
});

const hasSshKeygen = spawnSync("ssh-keygen", ["-?"]).error === undefined;

test.skipIf(!hasSshKeygen)("an Ed25519 pair is one that ssh-keygen reads", async () => {
  await using cloud = await startTestCloud();
  const made = await cloud.call("ec2", "CreateKeyPair", { KeyName: "edge", KeyType: "ed25519" });
  const [pair] = (await cloud.call("ec2", "DescribeKeyPairs", { IncludePublicKey: true })).KeyPairs!;
  const folder = mkdtempSync(join(tmpdir(), "plinth-key-"));
  try {
    const file = join(folder, "key");
    writeFileSync(file, made.KeyMaterial!, { mode: 0o600 });
    const known = execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim();
    expect(pair!.PublicKey!.split(" ").slice(0, 2)).toEqual(known.split(" ").slice(0, 2));
    const print = execFileSync("ssh-keygen", ["-l", "-f", file], { encoding: "utf8" });
    expect(print).toContain(`SHA256:${made.KeyFingerprint!.replace(/=+$/, "")} `);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(["rsa", "ed25519"] as const)("a public %s key comes in and goes out again", async (type) => {
  await using cloud = await startTestCloud();
  const { publicKey } = type === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ed25519");
  const line = sshLine(publicKey);
  const made = await cloud.call("ec2", "ImportKeyPair", { KeyName: "mine", PublicKeyMaterial: Buffer.from(`${line} me@home\n`) });
  expect(made.KeyFingerprint).toMatch(type === "rsa" ? /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/ : /^[\w+/]{43}=$/);
  const [pair] = (await cloud.call("ec2", "DescribeKeyPairs", { KeyPairIds: [made.KeyPairId!], IncludePublicKey: true })).KeyPairs!;
  expect(pair).toMatchObject({ KeyType: type, PublicKey: `${line} mine` });
  expect(publicKeyFrom(Buffer.from(line))!.equals(createPublicKey(publicKey.export({ type: "spki", format: "pem" })))).toBe(true);
  for (const bad of ["", "ssh-rsa", "ssh-rsa AAAA", `${line.slice(0, 60)}`, "ssh-dss AAAAB3NzaC1kc3M="])
    await expect(cloud.call("ec2", "ImportKeyPair", { KeyName: "bad", PublicKeyMaterial: Buffer.from(bad) })).rejects.toEqual(
      code("InvalidKey.Format", "Key is not in valid OpenSSH public key format"),
    );
});
