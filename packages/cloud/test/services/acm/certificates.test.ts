/** Certificate Manager: imported and requested certificates, and AWS's answers to what is wrong. */
import { readFile } from "node:fs/promises";
import { X509Certificate } from "node:crypto";
import {
  ACMClient,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  RequestCertificateCommand,
} from "@aws-sdk/client-acm";
import { expect, test } from "vitest";
import { authorityFile, certificateFor } from "../../../src/runtime/authority.ts";
import { certificateAt } from "../../../src/runtime/certificates.ts";
import { extendedKeyUsagesOf, keyUsagesOf } from "../../../src/services/acm/key-usage.ts";
import { startSimulatedServer, startTestServer } from "../../server.ts";
import { proveDomain } from "./proof.ts";

test("a requested certificate is pending until its records stand in a zone, then issued by the local authority, and the same after a restart", async () => {
  await using server = await startTestServer();
  const { call, cloud } = server;
  const client = new ACMClient(server.client);
  const request = {
    DomainName: "app.example.com",
    SubjectAlternativeNames: ["*.app.example.com"],
    ValidationMethod: "DNS",
    IdempotencyToken: "one",
  } as const;
  const { CertificateArn } = await client.send(
    new RequestCertificateCommand({ ...request, SubjectAlternativeNames: [...request.SubjectAlternativeNames] }),
  );
  const describe = async () => (await client.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate!;
  const [own, wild] = (await describe()).DomainValidationOptions!;
  expect([own!.ValidationStatus, wild!.ValidationStatus, (await describe()).Status]).toEqual(
    Array.from({ length: 3 }, () => "PENDING_VALIDATION"),
  );
  // A domain and its wildcard are proven by one record.
  expect(own!.ResourceRecord).toEqual(wild!.ResourceRecord);
  expect(await describe()).toMatchObject({ Subject: "CN=app.example.com", Issuer: "Amazon", KeyUsages: [], ExtendedKeyUsages: [] });
  await expect(client.send(new GetCertificateCommand({ CertificateArn }))).rejects.toMatchObject({ name: "RequestInProgressException" });
  await proveDomain(call, CertificateArn!, "example.com");
  await expect.poll(async () => (await describe()).Status, { interval: 10 }).toBe("ISSUED");
  const found = await describe();
  expect(found).toMatchObject({
    DomainName: "app.example.com",
    SubjectAlternativeNames: ["app.example.com", "*.app.example.com"],
    Type: "AMAZON_ISSUED",
    InUseBy: [],
    KeyAlgorithm: "EC_prime256v1",
  });
  expect(found.DomainValidationOptions![1]).toMatchObject({
    DomainName: "*.app.example.com",
    ValidationStatus: "SUCCESS",
    ValidationMethod: "DNS",
    ResourceRecord: {
      Name: expect.stringMatching(/^_[0-9a-f]{32}\.app\.example\.com\.$/) as string,
      Type: "CNAME",
      Value: expect.stringMatching(/^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.$/) as string,
    },
  });
  const again = await call("acm", "RequestCertificate", { ...request, SubjectAlternativeNames: [...request.SubjectAlternativeNames] });
  expect(again.CertificateArn).toBe(CertificateArn);
  const { Certificate } = await call("acm", "GetCertificate", { CertificateArn: CertificateArn! });
  const authority = new X509Certificate(await readFile(await authorityFile(cloud)));
  expect(new X509Certificate(Certificate!).verify(authority.publicKey)).toBe(true);
  const held = certificateAt(cloud, CertificateArn!);
  await cloud.stop();
  await cloud.start();
  expect(certificateAt(cloud, CertificateArn!)).toEqual(held);
  client.destroy();
});

test("an imported certificate is checked against its key, and can be imported anew under its ARN", async () => {
  await using server = await startTestServer();
  const { call, cloud } = server;
  const client = new ACMClient(server.client);
  const made = async (owner: string, name: string) => {
    const files = await certificateFor(cloud, { owner, names: [name], addresses: [] });
    const [Certificate, CertificateChain] = (await readFile(files.certificateFile, "utf8")).match(
      /-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g,
    )!;
    return {
      Certificate: Buffer.from(Certificate!),
      CertificateChain: Buffer.from(CertificateChain!),
      PrivateKey: await readFile(files.keyFile),
    };
  };
  const [one, two] = [await made("one", "one.example.com"), await made("two", "two.example.com")];
  const { CertificateArn: arn } = await client.send(new ImportCertificateCommand({ ...one, Tags: [{ Key: "a", Value: "b" }] }));
  expect((await call("acm", "DescribeCertificate", { CertificateArn: arn! })).Certificate).toMatchObject({
    DomainName: "one.example.com",
    Type: "IMPORTED",
    Status: "ISSUED",
    RenewalEligibility: "INELIGIBLE",
    DomainValidationOptions: [{ DomainName: "one.example.com" }],
    KeyUsages: [{ Name: "DIGITAL_SIGNATURE" }],
    ExtendedKeyUsages: [
      { Name: "TLS_WEB_SERVER_AUTHENTICATION", OID: "1.3.6.1.5.5.7.3.1" },
      { Name: "TLS_WEB_CLIENT_AUTHENTICATION", OID: "1.3.6.1.5.5.7.3.2" },
    ],
  });
  await expect(client.send(new ImportCertificateCommand({ ...one, PrivateKey: two.PrivateKey }))).rejects.toMatchObject({
    name: "ValidationException",
    message: "The private key does not match the public key of the certificate.",
  });
  await client.send(new ImportCertificateCommand({ ...two, CertificateArn: arn }));
  expect(certificateAt(cloud, arn!)!.names).toEqual(["two.example.com"]);
  const { CertificateSummaryList } = await call("acm", "ListCertificates", {});
  expect(CertificateSummaryList!.map(({ CertificateArn, DomainName, InUse }) => [CertificateArn, DomainName, InUse])).toEqual([
    [arn, "two.example.com", false],
  ]);
  await call("acm", "RemoveTagsFromCertificate", { CertificateArn: arn!, Tags: [{ Key: "a", Value: "other" }] });
  expect((await call("acm", "ListTagsForCertificate", { CertificateArn: arn! })).Tags).toEqual([{ Key: "a", Value: "b" }]);
  await call("acm", "DeleteCertificate", { CertificateArn: arn! });
  await expect(call("acm", "DescribeCertificate", { CertificateArn: arn! })).rejects.toMatchObject({
    code: "ResourceNotFoundException",
    message: `Could not find certificate ${arn} in account 123456789012.`,
  });
  await expect(call("acm", "DescribeCertificate", { CertificateArn: "nonsense" })).rejects.toMatchObject({ code: "InvalidArnException" });
  client.destroy();
});

test("what a key is for is read out of its certificate", () => {
  // Made by: openssl req -x509 -addext keyUsage=critical,digitalSignature,nonRepudiation,decipherOnly -addext extendedKeyUsage=serverAuth,codeSigning,1.2.3.4
  const text = [
    "MIIBXjCCAQSgAwIBAgIUcHVCeob3lnWx9mgtzygm+WWf1XQwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjYxNDQ2NTRaGA8yMT",
    "I2MTEwMjE0NDY1NFowDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABE27WsdOMNdhj9tFEDKptb5lFthNpISSwsLEamqh",
    "ml8iL6QiQ5nD7Y8pscOfSt09zc75TuI5EyjwrA2K25Ut2F+jQjBAMA8GA1UdDwEB/wQFAwMHwIAwIgYDVR0lBBswGQYIKwYBBQUHAwEGCCsGAQ",
    "UFBwMDBgMqAwQwCQYDVR0TBAIwADAKBggqhkjOPQQDAgNIADBFAiBlbcEyWcoyI8uwf8AnUwG7izmGtK94mAgM6iCzW8mxowIhAL1orGp4offs",
    "cReuFE5uowYuG1vhht7spgABM+m5tM70",
  ].join("");
  const certificate = new X509Certificate(Buffer.from(text, "base64"));
  expect(keyUsagesOf(certificate).map(({ Name }) => Name)).toEqual(["DIGITAL_SIGNATURE", "NON_REPUDIATION", "DECIPHER_ONLY"]);
  expect(extendedKeyUsagesOf(certificate)).toEqual([
    { Name: "TLS_WEB_SERVER_AUTHENTICATION", OID: "1.3.6.1.5.5.7.3.1" },
    { Name: "CODE_SIGNING", OID: "1.3.6.1.5.5.7.3.3" },
    { Name: "CUSTOM", OID: "1.2.3.4" },
  ]);
});

test("the record of a domain proves its later certificates too; without it a request is given up, and a CAA record can forbid it", async () => {
  await using server = await startSimulatedServer();
  const { call } = server;
  const request = async (DomainName: string) =>
    (await call("acm", "RequestCertificate", { DomainName, ValidationMethod: "DNS" })).CertificateArn!;
  const status = async (CertificateArn: string) => {
    const { Status, FailureReason, DomainValidationOptions } = (await call("acm", "DescribeCertificate", { CertificateArn })).Certificate!;
    return [Status, FailureReason, DomainValidationOptions![0]!.ValidationStatus];
  };
  const first = await request("example.com");
  await proveDomain(call, first, "example.com");
  await expect.poll(() => status(first), { interval: 10 }).toEqual(["ISSUED", undefined, "SUCCESS"]);
  const second = await request("*.example.com");
  await expect.poll(() => status(second), { interval: 10 }).toEqual(["ISSUED", undefined, "SUCCESS"]);

  const late = await request("late.example.com");
  expect(await status(late)).toEqual(["PENDING_VALIDATION", undefined, "PENDING_VALIDATION"]);
  await server.world.clock.advance(73 * 60 * 60 * 1000);
  expect(await status(late)).toEqual(["VALIDATION_TIMED_OUT", undefined, "FAILED"]);

  const { HostedZones } = await call("route53", "ListHostedZones", {});
  await call("route53", "ChangeResourceRecordSets", {
    HostedZoneId: HostedZones![0]!.Id!,
    ChangeBatch: {
      Changes: [
        {
          Action: "CREATE",
          ResourceRecordSet: { Name: "example.com", Type: "CAA", TTL: 60, ResourceRecords: [{ Value: '0 issue "other.org"' }] },
        },
      ],
    },
  });
  const forbidden = await request("www.example.com");
  await proveDomain(call, forbidden, "example.com");
  expect(await status(forbidden)).toEqual(["FAILED", "CAA_ERROR", "SUCCESS"]);
});
