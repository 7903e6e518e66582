/** CloudFront's API by the official client: what moto's suite asks, and AWS's words for what is wrong. */
import {
  CloudFrontClient,
  CreateCachePolicyCommand,
  CreateDistributionCommand,
  CreateFunctionCommand,
  CreateInvalidationCommand,
  CreateOriginAccessControlCommand,
  DeleteCachePolicyCommand,
  DeleteDistributionCommand,
  DeleteOriginAccessControlCommand,
  GetCachePolicyCommand,
  GetDistributionCommand,
  GetDistributionConfigCommand,
  GetFunctionCommand,
  GetInvalidationCommand,
  GetOriginAccessControlCommand,
  GetResponseHeadersPolicyCommand,
  ListCachePoliciesCommand,
  ListDistributionsByCachePolicyIdCommand,
  ListDistributionsCommand,
  ListInvalidationsCommand,
  ListTagsForResourceCommand,
  PublishFunctionCommand,
  TagResourceCommand,
  TestFunctionCommand,
  UntagResourceCommand,
  UpdateDistributionCommand,
} from "@aws-sdk/client-cloudfront";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSimulatedServer, type TestServer } from "../../server.ts";
import { cachingOptimized, configOf, customOrigin } from "./front.ts";

let server: TestServer;
let client: CloudFrontClient;
beforeAll(async () => {
  server = await startSimulatedServer(1, { region: "us-east-1" });
  client = new CloudFrontClient(server.client);
});
afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

const bucket = { Id: "origin1", DomainName: "asdf.s3.us-east-1.amazonaws.com", S3OriginConfig: { OriginAccessIdentity: "" } };

test("a distribution's life: made with defaults, changed by who has seen it last, disabled, deleted", async () => {
  const config = configOf(
    [bucket],
    { Enabled: false },
    { CachePolicyId: undefined, ForwardedValues: { QueryString: false, Cookies: { Forward: "none" } } },
  );
  const made = await client.send(new CreateDistributionCommand({ DistributionConfig: config }));
  const { Distribution, ETag, Location } = made;
  const id = Distribution!.Id!;
  expect([ETag, Location]).toEqual([
    expect.stringMatching(/^E[A-Z0-9]{12}$/),
    `https://cloudfront.amazonaws.com/2020-05-31/distribution/${id}`,
  ]);
  expect(Distribution).toMatchObject({
    ARN: `arn:aws:cloudfront::123456789012:distribution/${id}`,
    Status: "InProgress",
    InProgressInvalidationBatches: 0,
    ActiveTrustedSigners: { Enabled: false, Quantity: 0 },
    DistributionConfig: {
      Aliases: { Quantity: 0 },
      OriginGroups: { Quantity: 0 },
      CacheBehaviors: { Quantity: 0 },
      PriceClass: "PriceClass_All",
      HttpVersion: "http2",
      IsIPV6Enabled: true,
      WebACLId: "",
      Origins: {
        Items: [{ ConnectionAttempts: 3, ConnectionTimeout: 10, CustomHeaders: { Quantity: 0 }, OriginShield: { Enabled: false } }],
      },
      DefaultCacheBehavior: { AllowedMethods: { Quantity: 2, CachedMethods: { Quantity: 2 } }, MinTTL: 0, FieldLevelEncryptionId: "" },
      ViewerCertificate: { CloudFrontDefaultCertificate: true, MinimumProtocolVersion: "TLSv1", CertificateSource: "cloudfront" },
      Restrictions: { GeoRestriction: { RestrictionType: "none", Quantity: 0 } },
      Logging: { Enabled: false, Bucket: "" },
    },
  });
  await expect(client.send(new CreateDistributionCommand({ DistributionConfig: config }))).rejects.toMatchObject({
    name: "DistributionAlreadyExists",
    message: `The caller reference that you are using to create a distribution is associated with another distribution. Already exists: ${id}`,
  });
  const got = await client.send(new GetDistributionCommand({ Id: id }));
  expect([got.Distribution!.Status, got.ETag]).toEqual(["Deployed", ETag]);
  const { DistributionConfig: seen } = await client.send(new GetDistributionConfigCommand({ Id: id }));
  const update = (IfMatch: string | undefined, Enabled: boolean) =>
    client.send(new UpdateDistributionCommand({ Id: id, IfMatch, DistributionConfig: { ...seen!, Enabled } }));
  await expect(update(undefined, true)).rejects.toMatchObject({ name: "InvalidIfMatchVersion", $metadata: { httpStatusCode: 400 } });
  await expect(update("E0", true)).rejects.toMatchObject({ name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } });
  const enabled = await update(ETag, true);
  await expect(client.send(new DeleteDistributionCommand({ Id: id, IfMatch: enabled.ETag }))).rejects.toMatchObject({
    name: "DistributionNotDisabled",
    $metadata: { httpStatusCode: 409 },
  });
  const disabled = await update(enabled.ETag, false);
  const { DistributionList } = await client.send(new ListDistributionsCommand({}));
  expect([DistributionList!.Quantity, DistributionList!.MaxItems, DistributionList!.Items![0]!.Status]).toEqual([1, 100, "Deployed"]);
  await client.send(new DeleteDistributionCommand({ Id: id, IfMatch: disabled.ETag }));
  await expect(client.send(new GetDistributionCommand({ Id: id }))).rejects.toMatchObject({
    name: "NoSuchDistribution",
    message: "The specified distribution does not exist.",
    $metadata: { httpStatusCode: 404 },
  });
  expect((await client.send(new ListDistributionsCommand({}))).DistributionList).toMatchObject({
    Quantity: 0,
    IsTruncated: false,
    Marker: "",
  });
});

test("what a distribution cannot be is told in AWS's words, and what is not served by name", async () => {
  const make = (origins: readonly object[], more: object = {}, behavior: object = {}) =>
    client.send(new CreateDistributionCommand({ DistributionConfig: configOf(origins, { Enabled: false, ...more }, behavior) }));
  const origin = customOrigin("origin1", 80);
  await expect(make([origin], {}, { TargetOriginId: "asdf" })).rejects.toMatchObject({
    name: "NoSuchOrigin",
    message: "One or more of your origins or origin groups do not exist.",
    $metadata: { httpStatusCode: 404 },
  });
  await expect(make([{ Id: "origin1", DomainName: "getmoto.org" }])).rejects.toMatchObject({ name: "InvalidOrigin" });
  await expect(make([{ ...bucket, DomainName: "https://getmoto.org" }])).rejects.toMatchObject({
    name: "InvalidArgument",
    message: "The parameter Origin DomainName does not refer to a valid S3 bucket.",
  });
  await expect(make([origin], { Aliases: { Quantity: 1, Items: ["www.example.com"] } })).rejects.toMatchObject({
    name: "InvalidViewerCertificate",
  });
  await expect(make([origin], {}, { CachePolicyId: "none" })).rejects.toMatchObject({ name: "NoSuchCachePolicy" });
  await expect(make([origin], {}, { TrustedKeyGroups: { Enabled: true, Quantity: 1, Items: ["k"] } })).rejects.toMatchObject({
    name: "NotImplemented",
    message: expect.stringContaining("signed URLs"),
  });
  await expect(
    make(
      [origin],
      {},
      {
        LambdaFunctionAssociations: {
          Quantity: 1,
          Items: [{ EventType: "viewer-request", LambdaFunctionARN: "arn:aws:lambda:us-east-1:123456789012:function:f:1" }],
        },
      },
    ),
  ).rejects.toMatchObject({ name: "NotImplemented", message: expect.stringContaining("Lambda@Edge") });
});

test("policies and access controls: the account's own beside AWS's, and none that is in use goes", async () => {
  const managed = await client.send(new ListCachePoliciesCommand({ Type: "managed" }));
  expect(managed.CachePolicyList!.Items!.map(({ CachePolicy }) => [CachePolicy!.Id, CachePolicy!.CachePolicyConfig!.Name])).toContainEqual([
    cachingOptimized,
    "Managed-CachingOptimized",
  ]);
  const { ResponseHeadersPolicy } = await client.send(new GetResponseHeadersPolicyCommand({ Id: "67f7725c-6f97-4210-82d7-5512b31e9d03" }));
  expect(ResponseHeadersPolicy!.ResponseHeadersPolicyConfig!.SecurityHeadersConfig!.FrameOptions).toEqual({
    Override: false,
    FrameOption: "SAMEORIGIN",
  });
  const CachePolicyConfig = { Name: "mine", MinTTL: 5 };
  const { CachePolicy, ETag } = await client.send(new CreateCachePolicyCommand({ CachePolicyConfig }));
  await expect(client.send(new CreateCachePolicyCommand({ CachePolicyConfig }))).rejects.toMatchObject({
    name: "CachePolicyAlreadyExists",
    $metadata: { httpStatusCode: 409 },
  });
  expect((await client.send(new GetCachePolicyCommand({ Id: CachePolicy!.Id! }))).CachePolicy!.CachePolicyConfig).toEqual(
    CachePolicyConfig,
  );
  const OriginAccessControlConfig = {
    Name: "my_oac",
    SigningProtocol: "sigv4",
    SigningBehavior: "always",
    OriginAccessControlOriginType: "s3",
  } as const;
  const control = await client.send(new CreateOriginAccessControlCommand({ OriginAccessControlConfig }));
  const made = await client.send(
    new CreateDistributionCommand({
      DistributionConfig: configOf(
        [{ ...bucket, OriginAccessControlId: control.OriginAccessControl!.Id! }],
        { Enabled: false },
        { CachePolicyId: CachePolicy!.Id! },
      ),
    }),
  );
  const by = await client.send(new ListDistributionsByCachePolicyIdCommand({ CachePolicyId: CachePolicy!.Id! }));
  expect(by.DistributionIdList!.Items).toEqual([made.Distribution!.Id]);
  const remove = [
    new DeleteCachePolicyCommand({ Id: CachePolicy!.Id!, IfMatch: ETag }),
    new DeleteOriginAccessControlCommand({ Id: control.OriginAccessControl!.Id!, IfMatch: control.ETag }),
  ] as const;
  await expect(client.send(remove[0])).rejects.toMatchObject({ name: "CachePolicyInUse" });
  await expect(client.send(remove[1])).rejects.toMatchObject({ name: "OriginAccessControlInUse" });
  await client.send(new DeleteDistributionCommand({ Id: made.Distribution!.Id!, IfMatch: made.ETag }));
  await client.send(remove[0]);
  await client.send(remove[1]);
  await expect(client.send(new GetOriginAccessControlCommand({ Id: control.OriginAccessControl!.Id! }))).rejects.toMatchObject({
    name: "NoSuchOriginAccessControl",
    message: "The specified origin access control does not exist.",
  });
  await expect(client.send(new DeleteCachePolicyCommand({ Id: cachingOptimized, IfMatch: "E" }))).rejects.toMatchObject({
    name: "IllegalUpdate",
  });
});

test("invalidations and tags of a distribution", async () => {
  const { Distribution } = await client.send(new CreateDistributionCommand({ DistributionConfig: configOf([bucket], { Enabled: false }) }));
  const [DistributionId, Resource] = [Distribution!.Id!, Distribution!.ARN!];
  const invalidate = (...Items: string[]) =>
    client.send(
      new CreateInvalidationCommand({
        DistributionId,
        InvalidationBatch: { CallerReference: Items.join(), Paths: { Quantity: Items.length, Items } },
      }),
    );
  const { Invalidation, Location } = await invalidate("/path1", "/path2");
  expect([Invalidation!.Status, Invalidation!.InvalidationBatch!.Paths]).toEqual([
    "InProgress",
    { Quantity: 2, Items: ["/path1", "/path2"] },
  ]);
  expect(Location).toBe(`https://cloudfront.amazonaws.com/2020-05-31/distribution/${DistributionId}/invalidation/${Invalidation!.Id}`);
  expect((await client.send(new GetInvalidationCommand({ DistributionId, Id: Invalidation!.Id! }))).Invalidation!.Status).toBe("Completed");
  expect((await client.send(new ListInvalidationsCommand({ DistributionId }))).InvalidationList).toMatchObject({
    Quantity: 1,
    Items: [{ Id: Invalidation!.Id }],
  });
  await expect(invalidate("no-slash")).rejects.toMatchObject({ name: "InvalidArgument" });
  await client.send(
    new TagResourceCommand({
      Resource,
      Tags: {
        Items: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      },
    }),
  );
  await client.send(new UntagResourceCommand({ Resource, TagKeys: { Items: ["a"] } }));
  expect((await client.send(new ListTagsForResourceCommand({ Resource }))).Tags).toEqual({ Items: [{ Key: "b", Value: "2" }] });
});

test("a function is tested before it is published", async () => {
  const code = Buffer.from(
    "function handler(event) { console.log('here'); return { statusCode: 200, statusDescription: event.request.uri }; }",
  );
  const { ETag, FunctionSummary } = await client.send(
    new CreateFunctionCommand({ Name: "answers", FunctionConfig: { Comment: "c", Runtime: "cloudfront-js-2.0" }, FunctionCode: code }),
  );
  expect([FunctionSummary!.Status, FunctionSummary!.FunctionMetadata!.FunctionARN]).toEqual([
    "UNPUBLISHED",
    "arn:aws:cloudfront::123456789012:function/answers",
  ]);
  const event = {
    version: "1.0",
    context: { eventType: "viewer-request" },
    viewer: { ip: "1.2.3.4" },
    request: { method: "GET", uri: "/x", querystring: {}, headers: {}, cookies: {} },
  };
  const { TestResult } = await client.send(
    new TestFunctionCommand({ Name: "answers", IfMatch: ETag!, EventObject: Buffer.from(JSON.stringify(event)) }),
  );
  expect([TestResult!.FunctionErrorMessage, TestResult!.FunctionExecutionLogs, JSON.parse(TestResult!.FunctionOutput!)]).toEqual([
    "",
    ["here"],
    { response: { statusCode: 200, statusDescription: "/x" } },
  ]);
  await expect(client.send(new GetFunctionCommand({ Name: "answers", Stage: "LIVE" }))).rejects.toMatchObject({
    name: "NoSuchFunctionExists",
  });
  await client.send(new PublishFunctionCommand({ Name: "answers", IfMatch: ETag! }));
  const live = await client.send(new GetFunctionCommand({ Name: "answers", Stage: "LIVE" }));
  expect(Buffer.from(live.FunctionCode!)).toEqual(code);
  await expect(
    client.send(
      new CreateFunctionCommand({ Name: "answers", FunctionConfig: { Comment: "", Runtime: "cloudfront-js-2.0" }, FunctionCode: code }),
    ),
  ).rejects.toMatchObject({
    name: "FunctionAlreadyExists",
  });
});
