/** How buckets and their policies are read again: each of a bucket's settings is asked for by itself, where the template has it. */
import { AwsError } from "../../../aws-error.ts";
import { exact, type Readers } from "../../../resource.ts";

/** A setting that a bucket does not have is an error of its own: `NoSuchCORSConfiguration`, and so on. */
const none = (error: unknown): null => {
  if (error instanceof AwsError && error.status === 404 && error.code !== "NoSuchBucket") return null;
  throw error;
};

export const readers: Readers = {
  "AWS::S3::Bucket": async ({ call, physicalId: Bucket, properties }) => {
    await call("s3", "HeadBucket", { Bucket });
    const versioning = await call("s3", "GetBucketVersioning", { Bucket });
    const tags = await call("s3", "GetBucketTagging", { Bucket }).catch(none);
    const cors = properties.CorsConfiguration && (await call("s3", "GetBucketCors", { Bucket }).catch(none));
    const lifecycle = properties.LifecycleConfiguration && (await call("s3", "GetBucketLifecycleConfiguration", { Bucket }).catch(none));
    const encryption = properties.BucketEncryption && (await call("s3", "GetBucketEncryption", { Bucket }).catch(none));
    const block = properties.PublicAccessBlockConfiguration && (await call("s3", "GetPublicAccessBlock", { Bucket }).catch(none));
    const ownership = properties.OwnershipControls && (await call("s3", "GetBucketOwnershipControls", { Bucket }).catch(none));
    return {
      BucketName: Bucket,
      VersioningConfiguration: { Status: versioning.Status ?? "Suspended" },
      Tags: tags?.TagSet ?? [],
      PublicAccessBlockConfiguration: block && block.PublicAccessBlockConfiguration,
      OwnershipControls: ownership && ownership.OwnershipControls,
      CorsConfiguration: cors && {
        CorsRules: cors.CORSRules?.map(({ MaxAgeSeconds, ExposeHeaders, ID, ...rule }) => ({
          ...rule,
          Id: ID,
          MaxAge: MaxAgeSeconds,
          ExposedHeaders: ExposeHeaders,
        })),
      },
      BucketEncryption: encryption && {
        ServerSideEncryptionConfiguration: encryption.ServerSideEncryptionConfiguration?.Rules?.map(
          ({ ApplyServerSideEncryptionByDefault, BucketKeyEnabled }) => ({
            BucketKeyEnabled,
            ServerSideEncryptionByDefault: ApplyServerSideEncryptionByDefault,
          }),
        ),
      },
      LifecycleConfiguration: lifecycle && {
        Rules: lifecycle.Rules?.map(({ ID, Status, Expiration, NoncurrentVersionExpiration }) => ({
          Id: ID,
          Status,
          ExpirationInDays: Expiration?.Days,
          NoncurrentVersionExpiration,
        })),
      },
    };
  },
  "AWS::S3::BucketPolicy": async ({ call, physicalId: Bucket }) => {
    const { Policy } = await call("s3", "GetBucketPolicy", { Bucket });
    return { Bucket, PolicyDocument: exact(JSON.parse(Policy!)) };
  },
};
