/** S3 in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService, type Authorization, type OperationContext, type Service } from "../../service.ts";
import { bucketArn, buckets } from "./buckets.ts";
import { filesInUse, schema } from "./objects.ts";
import { removeAllContent, sweepContent } from "./content.ts";
import { parseSource } from "./copy-source.ts";
import * as bucketOperations from "./operations/buckets.ts";
import { deleteBucketPolicy, getBucketPolicy, putBucketPolicy } from "./operations/bucket-policy.ts";
import { configurationOperations } from "./operations/configurations.ts";
import { copyObject } from "./operations/CopyObject.ts";
import { deleteObject, deleteObjects } from "./operations/deletes.ts";
import { getObject, headObject } from "./operations/GetObject.ts";
import { listObjects, listObjectsV2, listObjectVersions } from "./operations/lists.ts";
import * as multipart from "./operations/multipart.ts";
import * as details from "./operations/object-details.ts";
import { putObject } from "./operations/PutObject.ts";
import { bucket } from "./resources/Bucket.ts";
import { bucketPolicy } from "./resources/BucketPolicy.ts";

type Named = { Bucket?: string | undefined; Key?: string | undefined; VersionId?: string | undefined };

/** An action on a bucket, or on an object in it, in view of the bucket's policy. */
function on(action: string, bucketName: string | undefined, key: string | undefined, { cloud }: OperationContext): Authorization {
  const policy = bucketName === undefined ? undefined : buckets(cloud).get("global", bucketName)?.policy;
  const arn = bucketArn(bucketName ?? "*");
  return {
    action: `s3:${action}`,
    resource: key === undefined ? arn : `${arn}/${key}`,
    ...(policy !== undefined && { resourcePolicy: policy }),
  };
}

const onBucket = (action: string) => (input: Named, context: OperationContext) => [on(action, input.Bucket, undefined, context)];
const onObject = (action: string) => (input: Named, context: OperationContext) => [on(action, input.Bucket, input.Key ?? "", context)];
/** A call that names a version asks for another action. */
const onVersion = (action: string, versioned: string) => (input: Named, context: OperationContext) => [
  on(input.VersionId === undefined ? action : versioned, input.Bucket, input.Key ?? "", context),
];
const onList =
  (action: string) => (input: Named & { Prefix?: string | undefined; Delimiter?: string | undefined }, context: OperationContext) => [
    {
      ...on(action, input.Bucket, undefined, context),
      conditions: {
        ...(input.Prefix !== undefined && { "s3:prefix": input.Prefix }),
        ...(input.Delimiter !== undefined && { "s3:delimiter": input.Delimiter }),
      },
    },
  ];
const onCopy = (input: Named & { CopySource?: string | undefined }, context: OperationContext) => {
  const source = parseSource(input.CopySource ?? "");
  return [
    on(source.version === undefined ? "GetObject" : "GetObjectVersion", source.bucket, source.key, context),
    on("PutObject", input.Bucket, input.Key ?? "", context),
  ];
};

export const s3 = defineService({
  id: "s3",
  operations: {
    CreateBucket: bucketOperations.createBucket,
    HeadBucket: bucketOperations.headBucket,
    DeleteBucket: bucketOperations.deleteBucket,
    ListBuckets: bucketOperations.listBuckets,
    GetBucketLocation: bucketOperations.getBucketLocation,
    GetBucketVersioning: bucketOperations.getBucketVersioning,
    PutBucketVersioning: bucketOperations.putBucketVersioning,
    GetBucketTagging: bucketOperations.getBucketTagging,
    PutBucketTagging: bucketOperations.putBucketTagging,
    DeleteBucketTagging: bucketOperations.deleteBucketTagging,
    GetBucketAcl: bucketOperations.getBucketAcl,
    PutBucketAcl: bucketOperations.putBucketAcl,
    PutBucketPolicy: putBucketPolicy,
    GetBucketPolicy: getBucketPolicy,
    DeleteBucketPolicy: deleteBucketPolicy,
    ...(configurationOperations as Service<"s3">["operations"]),
    PutObject: putObject,
    GetObject: getObject,
    HeadObject: headObject,
    DeleteObject: deleteObject,
    DeleteObjects: deleteObjects,
    CopyObject: copyObject,
    ListObjects: listObjects,
    ListObjectsV2: listObjectsV2,
    ListObjectVersions: listObjectVersions,
    CreateMultipartUpload: multipart.createMultipartUpload,
    UploadPart: multipart.uploadPart,
    UploadPartCopy: multipart.uploadPartCopy,
    CompleteMultipartUpload: multipart.completeMultipartUpload,
    AbortMultipartUpload: multipart.abortMultipartUpload,
    ListParts: multipart.listParts,
    ListMultipartUploads: multipart.listMultipartUploads,
    GetObjectTagging: details.getObjectTagging,
    PutObjectTagging: details.putObjectTagging,
    DeleteObjectTagging: details.deleteObjectTagging,
    GetObjectAttributes: details.getObjectAttributes,
    GetObjectAcl: details.getObjectAcl,
    PutObjectAcl: details.putObjectAcl,
  },
  authorize: {
    CreateBucket: onBucket("CreateBucket"),
    HeadBucket: onBucket("ListBucket"),
    DeleteBucket: onBucket("DeleteBucket"),
    ListBuckets: () => [{ action: "s3:ListAllMyBuckets", resource: "*" }],
    GetBucketLocation: onBucket("GetBucketLocation"),
    GetBucketVersioning: onBucket("GetBucketVersioning"),
    PutBucketVersioning: onBucket("PutBucketVersioning"),
    GetBucketTagging: onBucket("GetBucketTagging"),
    PutBucketTagging: onBucket("PutBucketTagging"),
    DeleteBucketTagging: onBucket("PutBucketTagging"),
    GetBucketAcl: onBucket("GetBucketAcl"),
    PutBucketAcl: onBucket("PutBucketAcl"),
    PutBucketPolicy: onBucket("PutBucketPolicy"),
    GetBucketPolicy: onBucket("GetBucketPolicy"),
    DeleteBucketPolicy: onBucket("DeleteBucketPolicy"),
    PutBucketCors: onBucket("PutBucketCORS"),
    GetBucketCors: onBucket("GetBucketCORS"),
    DeleteBucketCors: onBucket("PutBucketCORS"),
    PutBucketLifecycleConfiguration: onBucket("PutLifecycleConfiguration"),
    GetBucketLifecycleConfiguration: onBucket("GetLifecycleConfiguration"),
    DeleteBucketLifecycle: onBucket("PutLifecycleConfiguration"),
    PutBucketEncryption: onBucket("PutEncryptionConfiguration"),
    GetBucketEncryption: onBucket("GetEncryptionConfiguration"),
    DeleteBucketEncryption: onBucket("PutEncryptionConfiguration"),
    PutPublicAccessBlock: onBucket("PutBucketPublicAccessBlock"),
    GetPublicAccessBlock: onBucket("GetBucketPublicAccessBlock"),
    DeletePublicAccessBlock: onBucket("PutBucketPublicAccessBlock"),
    DeleteBucketOwnershipControls: onBucket("PutBucketOwnershipControls"),
    PutBucketOwnershipControls: onBucket("PutBucketOwnershipControls"),
    GetBucketOwnershipControls: onBucket("GetBucketOwnershipControls"),
    PutBucketNotificationConfiguration: onBucket("PutBucketNotification"),
    GetBucketNotificationConfiguration: onBucket("GetBucketNotification"),
    PutBucketLogging: onBucket("PutBucketLogging"),
    GetBucketLogging: onBucket("GetBucketLogging"),
    PutBucketAccelerateConfiguration: onBucket("PutAccelerateConfiguration"),
    GetBucketAccelerateConfiguration: onBucket("GetAccelerateConfiguration"),
    PutBucketRequestPayment: onBucket("PutBucketRequestPayment"),
    GetBucketRequestPayment: onBucket("GetBucketRequestPayment"),
    PutBucketWebsite: onBucket("PutBucketWebsite"),
    GetBucketWebsite: onBucket("GetBucketWebsite"),
    DeleteBucketWebsite: onBucket("DeleteBucketWebsite"),
    PutObject: onObject("PutObject"),
    GetObject: onVersion("GetObject", "GetObjectVersion"),
    HeadObject: onVersion("GetObject", "GetObjectVersion"),
    GetObjectAttributes: onVersion("GetObject", "GetObjectVersion"),
    DeleteObject: onVersion("DeleteObject", "DeleteObjectVersion"),
    DeleteObjects: (input, context) =>
      (input.Delete?.Objects ?? []).map(({ Key, VersionId }) =>
        on(VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion", input.Bucket, Key ?? "", context),
      ),
    CopyObject: onCopy,
    UploadPartCopy: onCopy,
    ListObjects: onList("ListBucket"),
    ListObjectsV2: onList("ListBucket"),
    ListObjectVersions: onList("ListBucketVersions"),
    CreateMultipartUpload: onObject("PutObject"),
    UploadPart: onObject("PutObject"),
    CompleteMultipartUpload: onObject("PutObject"),
    AbortMultipartUpload: onObject("AbortMultipartUpload"),
    ListParts: onObject("ListMultipartUploadParts"),
    ListMultipartUploads: onBucket("ListBucketMultipartUploads"),
    GetObjectTagging: onVersion("GetObjectTagging", "GetObjectVersionTagging"),
    PutObjectTagging: onVersion("PutObjectTagging", "PutObjectVersionTagging"),
    DeleteObjectTagging: onVersion("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    GetObjectAcl: onVersion("GetObjectAcl", "GetObjectVersionAcl"),
    PutObjectAcl: onVersion("PutObjectAcl", "PutObjectVersionAcl"),
  },
  resources: {
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucketPolicy,
  },
  async start(cloud) {
    cloud.store.schema("state", schema);
    await sweepContent(cloud, filesInUse(cloud));
  },
  reset: removeAllContent,
});
