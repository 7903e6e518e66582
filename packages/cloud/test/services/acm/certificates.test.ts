/** Certificate Manager: imported and requested certificates, and AWS's answers to what is wrong. */
import { readFile } from "node:fs/promises";
import { X509Certificate } from "node:crypto";
import { ACMClient, DescribeCertificateCommand, ImportCertificateCommand, RequestCertificateCommand } from "@aws-sdk/client-acm";
import { expect, test } from "vitest";
import { authorityFile, certificateFor } from "../../../src/runtime/authority.ts";
import { certificateAt } from "../../../src/runtime/certificates.ts";
import { startTestServer } from "../../server.ts";

test("a requested certificate is pending with its records, then issued by the local authority, and the same after a restart", async () => {
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
