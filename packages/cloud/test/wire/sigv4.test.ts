/** Signature Version 4 against the worked examples of AWS's S3 documentation, and over HTTP with credentials that the cloud issued. */
import { SecretsManagerClient, ListSecretsCommand } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueRoleCredentials, issueUserAccessKey } from "../../src/identity/credentials.ts";
import { readSigned, type Signed } from "../../src/wire/credential-scope.ts";
import { legacySignatureMatches, readLegacy } from "../../src/wire/sigv2.ts";
import { sha256Hex, signatureMatches } from "../../src/wire/sigv4.ts";
import { startSimulatedServer, type TestServer } from "../server.ts";
import type { SimulatedWorld } from "../../src/world/simulated.ts";

const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

describe("the documentation's examples", () => {
  test("a request with headers", () => {
    const headers = {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": sha256Hex(""),
      "x-amz-date": "20130524T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    };
    const signed = readSigned(headers, new URLSearchParams()) as Signed;
    const request = { method: "GET", rawPath: "/test.txt", rawQuery: "", headers: distinct(headers), payloadHash: sha256Hex("") };
    expect(signatureMatches(request, signed, secretAccessKey)).toBe(true);
    expect(signatureMatches({ ...request, rawPath: "/test.txT" }, signed, secretAccessKey)).toBe(false);
  });

  test("a presigned URL", () => {
    const rawQuery =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    const signed = readSigned({}, new URLSearchParams(rawQuery)) as Signed;
    expect(signed.expiresSeconds).toBe(86_400);
    const headers = distinct({ host: "examplebucket.s3.amazonaws.com" });
    const request = { method: "GET", rawPath: "/test.txt", rawQuery, headers, payloadHash: "UNSIGNED-PAYLOAD" };
    expect(signatureMatches(request, signed, secretAccessKey)).toBe(true);
    expect(signatureMatches({ ...request, rawQuery: `${rawQuery}&a=b` }, signed, secretAccessKey)).toBe(false);
  });
});

test("a presigned URL of version 2, signed as the documentation says", () => {
  // "GET\n\n\n1175139620\n/awsexamplebucket1/photos/puppy.jpg", the User Guide's example of query string authentication.
  const signature = createHmac("sha1", secretAccessKey).update("GET\n\n\n1175139620\n/awsexamplebucket1/photos/puppy.jpg").digest("base64");
  const rawQuery = `AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature=${encodeURIComponent(signature)}`;
  const signed = readLegacy(new URLSearchParams(rawQuery))!;
  const headers = distinct({ host: "localhost:4566" });
  const request = { method: "GET", rawPath: "/awsexamplebucket1/photos/puppy.jpg", rawQuery, headers, payloadHash: "" };
  expect(legacySignatureMatches(request, signed, secretAccessKey)).toBe(true);
  const byHost = { ...request, rawPath: "/photos/puppy.jpg", headers: distinct({ host: "awsexamplebucket1.s3.localhost:4566" }) };
  expect(legacySignatureMatches(byHost, signed, secretAccessKey)).toBe(true);
  expect(legacySignatureMatches({ ...request, method: "PUT" }, signed, secretAccessKey)).toBe(false);
  expect(legacySignatureMatches({ ...request, rawQuery: `${rawQuery}&versionId=1` }, signed, secretAccessKey)).toBe(false);
});

const distinct = (headers: Record<string, string>) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));

describe("over HTTP", () => {
  let server: TestServer & { world: SimulatedWorld };
  const account = "123456789012";
  beforeAll(async () => {
    // The clients sign with the real time.
    server = await startSimulatedServer(1, { startMs: Date.now() });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    expect(server.reported).toEqual([]);
  });

  const session = (seconds: number) => {
    const principal = {
      kind: "assumed-role" as const,
      account,
      arn: `arn:aws:sts::${account}:assumed-role/R/S`,
      userId: "AROAR:S",
      roleName: "R",
      roleArn: `arn:aws:iam::${account}:role/R`,
      sessionName: "S",
    };
    const { accessKeyId, secretAccessKey: secret, sessionToken } = issueRoleCredentials(server.cloud, principal, seconds);
    return { accessKeyId, secretAccessKey: secret, sessionToken };
  };

  test("a header's signature counts, whatever the protocol", async () => {
    const credentials = session(3600);
    const sts = new STSClient({ ...server.client, credentials });
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(`arn:aws:sts::${account}:assumed-role/R/S`);
    const wrong = new SecretsManagerClient({ ...server.client, credentials: { ...credentials, secretAccessKey: "wrong" } });
    await expect(wrong.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message:
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    });
  });

  test("a body that is not the signed one is refused", async () => {
    const { accessKeyId, secretAccessKey: secret } = issueUserAccessKey(server.cloud, {
      kind: "user",
      account,
      arn: `arn:aws:iam::${account}:user/u`,
      userId: "AIDAU",
      userName: "u",
    });
    const signer = new SignatureV4({
      credentials: { accessKeyId, secretAccessKey: secret },
      region: "eu-central-1",
      service: "sts",
      sha256: Sha256,
    });
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    const signed = await signer.sign({
      method: "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      port: server.port,
      path: "/",
      query: {},
      headers: { host: `127.0.0.1:${server.port}`, "content-type": "application/x-www-form-urlencoded" },
      body,
    });
    const post = (content: string) => fetch(server.endpoint, { method: "POST", headers: signed.headers, body: content });
    expect((await post(body)).status).toBe(200);
    const changed = await post(body.replace("GetCallerIdentity", "GetSessionToken"));
    expect([changed.status, /<Code>(\w+)</.exec(await changed.text())?.[1]]).toEqual([403, "SignatureDoesNotMatch"]);
  });

  test("a presigned request lives as long as it says", async () => {
    const credentials = session(7200);
    const signer = new SignatureV4({ credentials, region: "eu-central-1", service: "sts", sha256: Sha256 });
    const presigned = await signer.presign(
      {
        method: "GET",
        protocol: "http:",
        hostname: "127.0.0.1",
        port: server.port,
        path: "/",
        query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
        headers: { host: `127.0.0.1:${server.port}` },
      },
      { expiresIn: 60 },
    );
    const url = `${server.endpoint}/?${new URLSearchParams(presigned.query as Record<string, string>).toString().replaceAll("+", "%20")}`;
    expect((await fetch(url)).status).toBe(200);
    // It was signed by the real clock, behind which the cloud's has stood still.
    await server.world.clock.advance(61_000 + Math.max(0, Date.now() - server.world.clock.nowMs()));
    const late = await fetch(url);
    expect([late.status, /<Code>(\w+)</.exec(await late.text())?.[1]]).toEqual([400, "RequestExpired"]);
  });

  test("credentials end, and so does a signature that is too old", async () => {
    const credentials = session(900);
    const sts = new STSClient({ ...server.client, credentials });
    await server.world.clock.advance(1_000_000);
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "ExpiredToken",
      message: "The security token included in the request is expired",
    });
    const lasting = new STSClient({ ...server.client, credentials: session(7200), systemClockOffset: 0 });
    await expect(lasting.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
      message: expect.stringMatching(/^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z/),
    });
  });

  test("a request without a signature is asked for one", async () => {
    const unsigned = await fetch(server.endpoint, {
      method: "POST",
      headers: { "x-amz-target": "secretsmanager.ListSecrets", "content-type": "application/x-amz-json-1.1" },
      body: "{}",
    });
    expect([unsigned.status, await unsigned.json()]).toEqual([
      400,
      { __type: "MissingAuthenticationTokenException", message: "Missing Authentication Token" },
    ]);
  });
});

/** What the signer asks of a hash. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", Buffer.from(secret as Uint8Array));
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}
