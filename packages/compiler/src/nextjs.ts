/** What stands before a Next.js app: CloudFront, and a bucket with the files that never change. Source: aws-recipes §12. */
import type { Domain } from "@plinth/language";
import { aclIsPrivate, closedBucket } from "./closed-bucket.ts";
import { deleted, sub, type Compilation } from "./compilation.ts";
import type { EntranceKind } from "./entrance-kind.ts";
import { secretMember } from "./generated-secret.ts";
import type { Named } from "./inventory.ts";
import { allViewer, cachingDisabled, cloudFrontZone } from "./public-domain.ts";
import type { Made, Value } from "./value.ts";

/** AWS's managed policy that caches for a day what says nothing else, and compresses. */
const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";

/** How long files of earlier builds stay for pages that are open in a browser; the server itself has those of its own build. */
const assetDays = 30;

/** The name under which CloudFront calls the load balancer, so that its certificate fits. */
export function originOf({ name }: Domain): string {
  return `origin.${name}`;
}

export interface BuiltNextjs {
  readonly named: Named<"service">;
  readonly distribution: Made;
  readonly assets: Made;
}

export function buildNextjs(
  compilation: Compilation,
  named: Named<"service">,
  { domain }: EntranceKind,
  {
    loadBalancer,
    originSecret,
    header,
    zoneOf,
  }: { loadBalancer: Made; originSecret: Made; header: string; zoneOf: (zone: string) => Value },
): BuiltNextjs {
  const { draft, stem } = compilation;
  const { id, key, kebab } = named;
  const own = compilation.origin(named);
  const { override: _, ...origin } = own;
  const assets = draft.add("storage", `${id}Assets`, { ...own, part: "Assets" }, () => ({
    Type: "AWS::S3::Bucket",
    // All of it can be built again.
    ...deleted,
    Metadata: aclIsPrivate,
    Properties: {
      ...closedBucket,
      LifecycleConfiguration: {
        Rules: [
          { Id: "unfinished-uploads", Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
          { Id: "earlier-builds", Status: "Enabled", ExpirationInDays: assetDays },
        ],
      },
    },
  }));
  const access = draft.add("compute", `${id}AssetsAccess`, origin, () => ({
    Type: "AWS::CloudFront::OriginAccessControl",
    Properties: {
      OriginAccessControlConfig: {
        Name: `${stem}-${kebab}`,
        Description: `${stem} ${key}: CloudFront reads its files`,
        OriginAccessControlOriginType: "s3",
        SigningBehavior: "always",
        SigningProtocol: "sigv4",
      },
    },
  }));
  const certificate =
    domain &&
    draft.add("edge", `${id}Certificate`, origin, (here) => ({
      Type: "AWS::CertificateManager::Certificate",
      Properties: {
        DomainName: domain.name,
        ValidationMethod: "DNS",
        DomainValidationOptions: [{ DomainName: domain.name, HostedZoneId: here.take(zoneOf(domain.zone)) }],
      },
    }));
  const distribution = draft.add("compute", `${id}Distribution`, { ...own, part: "Distribution" }, (here) => ({
    Type: "AWS::CloudFront::Distribution",
    Properties: {
      DistributionConfig: {
        Enabled: true,
        Comment: `${stem} ${key}`,
        ...(domain && { Aliases: [domain.name] }),
        HttpVersion: "http2and3",
        IPV6Enabled: true,
        ViewerCertificate: certificate
          ? { AcmCertificateArn: here.take(certificate.ref()), SslSupportMethod: "sni-only", MinimumProtocolVersion: "TLSv1.2_2021" }
          : { CloudFrontDefaultCertificate: true },
        Origins: [
          {
            Id: "server",
            DomainName: domain ? originOf(domain) : here.take(loadBalancer.attribute("DNSName")),
            CustomOriginConfig: domain
              ? { OriginProtocolPolicy: "https-only", OriginSSLProtocols: ["TLSv1.2"], OriginReadTimeout: 60 }
              : { OriginProtocolPolicy: "http-only", OriginReadTimeout: 60 },
            OriginCustomHeaders: [
              {
                HeaderName: header,
                HeaderValue: sub(secretMember("Origin", "token"), { Origin: here.take(originSecret.ref()) }) as string,
              },
            ],
          },
          {
            Id: "assets",
            DomainName: here.take(assets.attribute("RegionalDomainName")),
            S3OriginConfig: { OriginAccessIdentity: "" },
            OriginAccessControlId: here.take(access.attribute("Id")),
          },
        ],
        // What the bucket does not have, the server has: the files of its own build.
        OriginGroups: {
          Quantity: 1,
          Items: [
            {
              Id: "files",
              FailoverCriteria: { StatusCodes: { Quantity: 2, Items: [403, 404] } },
              Members: { Quantity: 2, Items: [{ OriginId: "assets" }, { OriginId: "server" }] },
            },
          ],
        },
        CacheBehaviors: [
          {
            PathPattern: "/_next/static/*",
            TargetOriginId: "files",
            ViewerProtocolPolicy: "redirect-to-https",
            AllowedMethods: ["GET", "HEAD", "OPTIONS"],
            Compress: true,
            CachePolicyId: cachingOptimized,
          },
        ],
        DefaultCacheBehavior: {
          TargetOriginId: "server",
          ViewerProtocolPolicy: "redirect-to-https",
          AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
          Compress: true,
          CachePolicyId: cachingDisabled,
          OriginRequestPolicyId: allViewer,
        },
      },
    },
  }));
  draft.add("compute", `${id}AssetsPolicy`, origin, (here) => {
    const arn = here.take(assets.attribute("Arn"));
    const objects = sub("${Arn}/*", { Arn: arn });
    return {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: here.take(assets.ref()),
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "OnlyOverTls",
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: [arn, objects],
              Condition: { Bool: { "aws:SecureTransport": false } },
            },
            {
              Sid: "OnlyCloudFront",
              Effect: "Allow",
              Principal: { Service: "cloudfront.amazonaws.com" },
              Action: "s3:GetObject",
              Resource: objects,
              Condition: {
                StringEquals: {
                  "aws:SourceArn": sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}", {
                    Distribution: here.take(distribution.ref()),
                  }),
                },
              },
            },
          ],
        } as never,
      },
    };
  });
  for (const type of domain ? ["A", "AAAA"] : []) {
    draft.add("compute", `${id}Alias${type}`, origin, (here) => ({
      Type: "AWS::Route53::RecordSet",
      Properties: {
        HostedZoneId: here.take(zoneOf(domain!.zone)),
        Name: domain!.name,
        Type: type,
        AliasTarget: { DNSName: here.take(distribution.attribute("DomainName")), HostedZoneId: cloudFrontZone },
      },
    }));
  }
  return { named, distribution, assets };
}
