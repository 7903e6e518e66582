/** S3 in the embedded cloud. README.md says what is real, recorded and refused. */
import { serveBackups } from "../../runtime/backup-sources.ts";
import { defineService, type OperationContext, type Service } from "../../service.ts";
import { type Asking, on } from "./access.ts";
import { filesInUse, schema } from "./objects.ts";
import { removeAllContent, sweepContent } from "./content.ts";
import { bucketBackups } from "./backup.ts";
import { startLifecycle, stopLifecycle } from "./lifecycle-run.ts";
import { parseSource } from "./copy-source.ts";
import { admitPage, answerPreflight } from "./cors.ts";
import * as bucketOperations from "./operations/buckets.ts";
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from "./operations/bucket-policy.ts";
import { configurationOperations } from "./operations/configurations.ts";
import { copyObject } from "./operations/CopyObject.ts";
import { deleteObject, deleteObjects } from "./operations/deletes.ts";
import { getObject, headObject } from "./operations/GetObject.ts";
import { listObjects, listObjectsV2, listObjectVersions } from "./operations/lists.ts";
import { listedConfigurationOperations, listedKinds } from "./operations/listed-configurations.ts";
import * as lock from "./operations/object-lock.ts";
import * as multipart from "./operations/multipart.ts";
import * as multipartLists from "./operations/multipart-lists.ts";
import * as details from "./operations/object-details.ts";
import { dropLogs, noteRequest, writeLogs } from "./server-log.ts";
import { putObject } from "./operations/PutObject.ts";
import { bucket } from "./resources/Bucket.ts";
import { bucketPolicy } from "./resources/BucketPolicy.ts";
import { readers } from "./resources/readers.ts";

const onBucket =
  (action: string) =>
  ({ Key: _none, ...input }: Asking, context: OperationContext) => [on(action, input, context)];
const onObject = (action: string) => (input: Asking, context: OperationContext) => [
  on(action, { ...input, Key: input.Key ?? "" }, context),
];
/** A call that names a version asks for another action. */
const onVersion = (action: string, versioned: string) => (input: Asking, context: OperationContext) =>
  onObject(input.VersionId === undefined ? action : versioned)(input, context);
/** Who sets a list, tags or a lock along with an object asks for that too. */
const onWrite = (input: Asking, context: OperationContext) => {
  const given = input as Record<string, unknown>;
  const also = (members: readonly string[], action: string) =>
    members.some((name) => given[name] !== undefined) ? onObject(action)(input, context) : [];
  return [
    ...onObject("PutObject")(input, context),
    ...also(["ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP"], "PutObjectAcl"),
    ...also(["Tagging"], "PutObjectTagging"),
    ...also(["ObjectLockMode"], "PutObjectRetention"),
    ...also(["ObjectLockLegalHoldStatus"], "PutObjectLegalHold"),
  ];
};
const onCopy = (input: Asking & { CopySource?: string | undefined }, context: OperationContext) => {
  const source = parseSource(input.CopySource ?? "");
  return [
    on(
      source.version === undefined ? "GetObject" : "GetObjectVersion",
      { Bucket: source.bucket, Key: source.key, VersionId: source.version },
      context,
    ),
    ...onWrite(input, context),
  ];
};
/** To go round a retention needs a permission of its own. */
const onDelete = (input: Asking & { BypassGovernanceRetention?: boolean | undefined }, context: OperationContext) => [
  ...onVersion("DeleteObject", "DeleteObjectVersion")(input, context),
  ...(input.BypassGovernanceRetention ? onObject("BypassGovernanceRetention")(input, context) : []),
];

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
    GetBucketPolicyStatus: getBucketPolicyStatus,
    ...(configurationOperations as Service<"s3">["operations"]),
    ...(listedConfigurationOperations as Service<"s3">["operations"]),
    PutObjectLockConfiguration: lock.putObjectLockConfiguration,
    GetObjectLockConfiguration: lock.getObjectLockConfiguration,
    PutObjectRetention: lock.putObjectRetention,
    GetObjectRetention: lock.getObjectRetention,
    PutObjectLegalHold: lock.putObjectLegalHold,
    GetObjectLegalHold: lock.getObjectLegalHold,
    RestoreObject: details.restoreObject,
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
    ListParts: multipartLists.listParts,
    ListMultipartUploads: multipartLists.listMultipartUploads,
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
    GetBucketPolicyStatus: onBucket("GetBucketPolicyStatus"),
    PutBucketReplication: onBucket("PutReplicationConfiguration"),
    GetBucketReplication: onBucket("GetReplicationConfiguration"),
    DeleteBucketReplication: onBucket("PutReplicationConfiguration"),
    PutObjectLockConfiguration: onBucket("PutBucketObjectLockConfiguration"),
    GetObjectLockConfiguration: onBucket("GetBucketObjectLockConfiguration"),
    PutObjectRetention: onObject("PutObjectRetention"),
    GetObjectRetention: onObject("GetObjectRetention"),
    PutObjectLegalHold: onObject("PutObjectLegalHold"),
    GetObjectLegalHold: onObject("GetObjectLegalHold"),
    RestoreObject: onObject("RestoreObject"),
    ...Object.fromEntries(
      listedKinds.flatMap((kind) => [
        [`PutBucket${kind}Configuration`, onBucket(`Put${kind}Configuration`)],
        [`GetBucket${kind}Configuration`, onBucket(`Get${kind}Configuration`)],
        [`DeleteBucket${kind}Configuration`, onBucket(`Put${kind}Configuration`)],
        [`ListBucket${kind}Configurations`, onBucket(`Get${kind}Configuration`)],
      ]),
    ),
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
    PutObject: onWrite,
    GetObject: onVersion("GetObject", "GetObjectVersion"),
    HeadObject: onVersion("GetObject", "GetObjectVersion"),
    GetObjectAttributes: onVersion("GetObject", "GetObjectVersion"),
    DeleteObject: onDelete,
    // Each key is asked for by itself, and answered for in the list of errors.
    DeleteObjects: () => [],
    CopyObject: onCopy,
    UploadPartCopy: onCopy,
    ListObjects: onBucket("ListBucket"),
    ListObjectsV2: onBucket("ListBucket"),
    ListObjectVersions: onBucket("ListBucketVersions"),
    CreateMultipartUpload: onWrite,
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
  readers,
  resources: {
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucketPolicy,
  },
  pages: { admit: admitPage, preflight: answerPreflight },
  async start(cloud) {
    cloud.store.schema("state", schema);
    await sweepContent(cloud, filesInUse(cloud));
    startLifecycle(cloud);
    serveBackups(cloud, "S3", bucketBackups(cloud));
  },
  answered: noteRequest,
  async stop(cloud) {
    await stopLifecycle(cloud);
    await writeLogs(cloud);
  },
  async reset(cloud) {
    await stopLifecycle(cloud);
    await dropLogs(cloud);
    await removeAllContent(cloud);
  },
});
