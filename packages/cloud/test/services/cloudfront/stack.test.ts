/** A distribution of a template: a bucket that only CloudFront reads, a name with TLS, a firewall, policies, a function; kept over a restart. */
import { readFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { expect, test } from "vitest";
import { authorityFile } from "../../../src/runtime/authority.ts";
import { startTestCloud } from "../../cloud.ts";
import { proveDomain } from "../acm/proof.ts";
import { ask, cachingOptimized } from "./front.ts";

const template = (rootObject: string, enabled = true) => ({
  Parameters: { Certificate: { Type: "String" }, Zone: { Type: "String" } },
  Resources: {
    Files: { Type: "AWS::S3::Bucket", Properties: { BucketName: "site-files" } },
    FilesPolicy: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: { Ref: "Files" },
        PolicyDocument: {
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "cloudfront.amazonaws.com" },
              Action: "s3:GetObject",
              Resource: { "Fn::Sub": "${Files.Arn}/*" },
              Condition: { StringEquals: { "aws:SourceArn": { "Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Site}" } } },
            },
          ],
        },
      },
    },
    Access: {
      Type: "AWS::CloudFront::OriginAccessControl",
      Properties: {
        OriginAccessControlConfig: {
          Name: "files",
          OriginAccessControlOriginType: "s3",
          SigningBehavior: "always",
          SigningProtocol: "sigv4",
        },
      },
    },
    Headers: {
      Type: "AWS::CloudFront::ResponseHeadersPolicy",
      Properties: {
        ResponseHeadersPolicyConfig: {
          Name: "headers",
          CustomHeadersConfig: { Items: [{ Header: "X-Own", Value: "1", Override: true }] },
          RemoveHeadersConfig: { Items: [{ Header: "x-amz-server-side-encryption" }] },
          SecurityHeadersConfig: { StrictTransportSecurity: { AccessControlMaxAgeSec: 60, Override: true } },
          CorsConfig: {
            AccessControlAllowCredentials: false,
            AccessControlAllowHeaders: { Items: ["*"] },
            AccessControlAllowMethods: { Items: ["GET"] },
            AccessControlAllowOrigins: { Items: ["https://app.example.com"] },
            OriginOverride: true,
          },
        },
      },
    },
    Keys: {
      Type: "AWS::CloudFront::CachePolicy",
      Properties: {
        CachePolicyConfig: {
          Name: "by-language",
          MinTTL: 0,
          DefaultTTL: 60,
          MaxTTL: 60,
          ParametersInCacheKeyAndForwardedToOrigin: {
            EnableAcceptEncodingGzip: false,
            HeadersConfig: { HeaderBehavior: "whitelist", Headers: ["Accept-Language"] },
            CookiesConfig: { CookieBehavior: "none" },
            QueryStringsConfig: { QueryStringBehavior: "whitelist", QueryStrings: ["v"] },
          },
        },
      },
    },
    Sign: {
      Type: "AWS::CloudFront::Function",
      Properties: {
        Name: "sign",
        AutoPublish: true,
        FunctionConfig: { Comment: "", Runtime: "cloudfront-js-2.0" },
        FunctionCode: `function handler({ response }) { response.headers["x-signed"] = { value: "yes" }; return response; }`,
      },
    },
    Acl: {
      Type: "AWS::WAFv2::WebACL",
      Properties: {
        Scope: "CLOUDFRONT",
        DefaultAction: { Allow: {} },
        VisibilityConfig: { MetricName: "site", CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true },
        Rules: [
          {
            Name: "no-env",
            Priority: 0,
            Action: { Block: {} },
            VisibilityConfig: { MetricName: "env", CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true },
            Statement: {
              ByteMatchStatement: {
                FieldToMatch: { UriPath: {} },
                PositionalConstraint: "EXACTLY",
                SearchString: "/.env",
                TextTransformations: [{ Priority: 0, Type: "NONE" }],
              },
            },
          },
        ],
      },
    },
    Site: {
      Type: "AWS::CloudFront::Distribution",
      Properties: {
        Tags: [{ Key: "team", Value: "web" }],
        DistributionConfig: {
          Enabled: enabled,
          Aliases: ["www.example.com"],
          DefaultRootObject: rootObject,
          HttpVersion: "http2and3",
          WebACLId: { "Fn::GetAtt": ["Acl", "Arn"] },
          ViewerCertificate: {
            AcmCertificateArn: { Ref: "Certificate" },
            SslSupportMethod: "sni-only",
            MinimumProtocolVersion: "TLSv1.2_2021",
          },
          Origins: [
            {
              Id: "files",
              DomainName: { "Fn::GetAtt": ["Files", "RegionalDomainName"] },
              S3OriginConfig: { OriginAccessIdentity: "" },
              OriginAccessControlId: { "Fn::GetAtt": ["Access", "Id"] },
            },
          ],
          DefaultCacheBehavior: {
            TargetOriginId: "files",
            ViewerProtocolPolicy: "redirect-to-https",
            CachePolicyId: cachingOptimized,
            ResponseHeadersPolicyId: { Ref: "Headers" },
            FunctionAssociations: [{ EventType: "viewer-response", FunctionARN: { "Fn::GetAtt": ["Sign", "FunctionARN"] } }],
          },
          CacheBehaviors: [
            { PathPattern: "/keyed/*", TargetOriginId: "files", ViewerProtocolPolicy: "allow-all", CachePolicyId: { Ref: "Keys" } },
          ],
        },
      },
    },
    Name: {
      Type: "AWS::Route53::RecordSet",
      Properties: {
        HostedZoneId: { Ref: "Zone" },
        Name: "www.example.com",
        Type: "A",
        AliasTarget: { DNSName: { "Fn::GetAtt": ["Site", "DomainName"] }, HostedZoneId: "Z2FDTNDATAQYW2" },
      },
    },
  },
  Outputs: { Id: { Value: { Ref: "Site" } }, Host: { Value: { "Fn::GetAtt": ["Site", "DomainName"] } } },
});

test("a site behind a distribution: its bucket is CloudFront's alone, its name has a certificate, its firewall blocks", async () => {
  await using place = await startTestCloud("us-east-1");
  const { call, cloud } = place;
  const { CertificateArn } = await call("acm", "RequestCertificate", { DomainName: "www.example.com", ValidationMethod: "DNS" });
  await proveDomain(call, CertificateArn!, "example.com");
  const certificate = async () => (await call("acm", "DescribeCertificate", { CertificateArn: CertificateArn! })).Certificate!;
  await expect.poll(async () => (await certificate()).Status, { interval: 10 }).toBe("ISSUED");
  const zone = (await call("route53", "ListHostedZonesByName", { DNSName: "example.com" })).HostedZones![0]!.Id!.replace(
    "/hostedzone/",
    "",
  );
  const Parameters = [
    { ParameterKey: "Certificate", ParameterValue: CertificateArn! },
    { ParameterKey: "Zone", ParameterValue: zone },
  ];
  const stack = async () => (await call("cloudformation", "DescribeStacks", { StackName: "site" })).Stacks![0]!;
  const settled = async (status: string) => {
    await expect.poll(async () => (await stack()).StackStatus, { interval: 20 }).not.toMatch(/IN_PROGRESS$/);
    const { StackEvents = [] } = await call("cloudformation", "DescribeStackEvents", { StackName: "site" });
    const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith("_FAILED")).map(
      ({ LogicalResourceId, ResourceStatusReason }) => [LogicalResourceId, ResourceStatusReason],
    );
    expect([(await stack()).StackStatus, failed]).toEqual([status, []]);
  };
  await call("cloudformation", "CreateStack", { StackName: "site", TemplateBody: JSON.stringify(template("index.html")), Parameters });
  await settled("CREATE_COMPLETE");
  const outputs = Object.fromEntries((await stack()).Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue!])) as {
    Id: string;
    Host: string;
  };
  await call("s3", "PutObject", {
    Bucket: "site-files",
    Key: "index.html",
    Body: Buffer.from("<p>hello</p>") as never,
    ContentType: "text/html",
  });
  await call("s3", "PutObject", {
    Bucket: "site-files",
    Key: "keyed/a b.txt",
    Body: Buffer.from("keyed") as never,
    CacheControl: "max-age=5",
  });

  const ca = await readFile(await authorityFile(cloud), "utf8");
  const { Host: host } = outputs;
  const named = { ca, servername: "www.example.com", headers: { Host: "www.example.com", Origin: "https://app.example.com" } };
  const page = await ask(`https://${host}/`, named);
  expect([page.status, page.text, page.headers["content-type"]]).toEqual([200, "<p>hello</p>", "text/html"]);
  expect(page.headers).toMatchObject({
    server: "AmazonS3",
    "x-own": "1",
    "x-signed": "yes",
    "strict-transport-security": "max-age=60",
    "access-control-allow-origin": "https://app.example.com",
  });
  expect(page.headers["x-amz-server-side-encryption"]).toBeUndefined();
  // By its own address, too: the certificate of the local authority names it.
  expect((await ask(`https://${host}/`, { ca })).cache).toBe("Hit");
  expect((await ask(`https://${host}/missing`, { ca })).status).toBe(403);
  const blocked = await ask(`https://${host}/.env`, { ca });
  expect([blocked.status, blocked.cache]).toEqual([403, "Error"]);
  expect((await ask(`http://${host}/`)).status).toBe(301);
  const keyed = (language: string, query = "") =>
    ask(`http://${host}/keyed/a%20b.txt${query}`, { headers: { "Accept-Language": language } });
  expect([
    (await keyed("en")).cache,
    (await keyed("en")).cache,
    (await keyed("de")).cache,
    (await keyed("de", "?v=2")).cache,
    (await keyed("de", "?w=2")).cache,
  ]).toEqual(["Miss", "Hit", "Miss", "Miss", "Hit"]);
  const session = connectHttp2(`https://${host}`, { ca });
  const stream = session.request({ ":path": "/" });
  const status = await new Promise((done) => stream.on("response", (head) => done([head[":status"], head["x-cache"]])));
  stream.resume();
  session.close();
  expect(status).toEqual([200, "Hit from cloudfront"]);

  expect((await certificate()).InUseBy).toEqual([`arn:aws:cloudfront::123456789012:distribution/${outputs.Id}`]);
  const { ResponseCode, RecordData } = await call("route53", "TestDNSAnswer", {
    HostedZoneId: zone,
    RecordName: "www.example.com",
    RecordType: "A",
  });
  expect([ResponseCode, RecordData]).toEqual(["NOERROR", [host.replace(/:\d+$/, "")]]);
  const { Tags } = await call("cloudfront", "ListTagsForResource", {
    Resource: `arn:aws:cloudfront::123456789012:distribution/${outputs.Id}`,
  });
  expect(Tags!.Items).toContainEqual({ Key: "team", Value: "web" });
  const [acl] = (await call("wafv2", "ListWebACLs", { Scope: "CLOUDFRONT" })).WebACLs!;
  await expect(
    call("wafv2", "DeleteWebACL", { Name: acl!.Name!, Id: acl!.Id!, Scope: "CLOUDFRONT", LockToken: acl!.LockToken! }),
  ).rejects.toMatchObject({ code: "WAFAssociatedItemException" });

  // What is acknowledged is on disk: after a restart it listens at the same place.
  await cloud.stop();
  await cloud.start();
  const again = await ask(`https://${host}/`, { ...named, servername: "www.example.com" });
  expect([again.status, again.cache]).toEqual([200, "Miss"]);
  expect((await ask(`https://${host}/.env`, { ca })).status).toBe(403);

  await call("cloudformation", "UpdateStack", { StackName: "site", TemplateBody: JSON.stringify(template("start.html")), Parameters });
  await settled("UPDATE_COMPLETE");
  const { DistributionConfig } = await call("cloudfront", "GetDistributionConfig", { Id: outputs.Id });
  expect(DistributionConfig!.DefaultRootObject).toBe("start.html");
  for (const Key of ["index.html", "keyed/a b.txt"]) await call("s3", "DeleteObject", { Bucket: "site-files", Key });
  await call("cloudformation", "DeleteStack", { StackName: "site" });
  await expect.poll(async () => (await call("cloudfront", "ListDistributions", {})).DistributionList!.Quantity).toBe(0);
  await expect.poll(async () => (await call("wafv2", "ListWebACLs", { Scope: "CLOUDFRONT" })).WebACLs).toEqual([]);
  await expect(ask(`http://${host}/`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
