/** CreateBucket, HeadBucket, DeleteBucket, ListBuckets, and where, whose and of what versions a bucket is. */
import { AwsError } from "../../../aws-error.ts";
import { pageOf } from "../../../paging.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { httpStatus } from "../../../wire/write-output.ts";
import { type Bucket, bucketArn, buckets, checkBucketName, findBucket, ownerOf, ownershipOf } from "../buckets.ts";
import { invalidArgument, missingAcl, malformedXml, notFound, refused } from "../errors.ts";
import { ownerships } from "../configuration-checks.ts";
import { checkGrants, givenGrants, ownersGrants } from "../acl.ts";
import { tagList, tagSet } from "../tagging.ts";
import { uploadsOf } from "../uploads.ts";

export const createBucket = operation("s3", "CreateBucket", (input, { cloud, region, account }) => {
  const name = input.Bucket!;
  const { LocationConstraint: constraint, Location, Bucket: directory, Tags } = input.CreateBucketConfiguration ?? {};
  checkBucketName(name);
  if (input.ObjectOwnership !== undefined && !ownerships.includes(input.ObjectOwnership)) {
    throw new AwsError("InvalidArgument", `Invalid x-amz-object-ownership header: ${input.ObjectOwnership as string}`, 400, {
      ArgumentName: "x-amz-object-ownership",
    });
  }
  if (Location || directory) throw refused("directory buckets");
  if (input.BucketNamespace === "account-regional") throw refused("account-regional bucket names");
  const location: string | undefined = constraint === "EU" ? "eu-west-1" : constraint;
  if (region !== "us-east-1" && location !== region) {
    throw new AwsError(
      "IllegalLocationConstraintException",
      `The ${location ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      400,
    );
  }
  if (location === "us-east-1" || (location !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d$/u.test(location))) {
    throw new AwsError("InvalidLocationConstraint", "The specified location-constraint is not valid", 400, {
      LocationConstraint: location,
    });
  }
  const existing = buckets(cloud).get("global", name);
  // The one region where making it again is no error.
  if (existing && !(existing.region === "us-east-1" && region === "us-east-1" && location === undefined)) {
    throw new AwsError(
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.",
      409,
      { BucketName: name },
    );
  }
  if (!existing) {
    const bucket: Bucket = {
      name,
      region: location ?? region,
      createdMs: cloud.world.clock.nowMs(),
      tags: Tags ? tagSet(Tags, "bucket") : {},
      configurations:
        input.ObjectOwnership === undefined ? {} : { OwnershipControls: { Rules: [{ ObjectOwnership: input.ObjectOwnership }] } },
    };
    const grants = givenGrants(input, account);
    if (ownershipOf(bucket) === "BucketOwnerEnforced" && grants && (grants.length !== 1 || grants[0]!.Grantee.ID !== ownerOf(account).ID)) {
      throw new AwsError(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        400,
        { BucketName: name },
      );
    }
    checkGrants(bucket, grants, account);
    buckets(cloud).put("global", name, {
      ...bucket,
      ...(grants && { grants }),
      ...(input.ObjectLockEnabledForBucket === true && { lock: {}, versioning: "Enabled" as const }),
    });
  }
  return { Location: location === undefined ? `/${name}` : `http://${name}.s3.amazonaws.com/`, BucketArn: bucketArn(name) };
});

export const headBucket = operation("s3", "HeadBucket", (input, context) => {
  const bucket = buckets(context.cloud).get("global", input.Bucket!);
  if (!bucket) throw notFound();
  findBucket(context, bucket.name, input.ExpectedBucketOwner);
  return { BucketArn: bucketArn(bucket.name), BucketRegion: bucket.region, AccessPointAlias: false };
});

export const deleteBucket = operation("s3", "DeleteBucket", (input, context) => {
  const { cloud } = context;
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const versions = cloud.store.statement("state", "select 1 from s3_object where bucket = ? limit 1").get(bucket.name);
  if (versions || uploadsOf(cloud, bucket.name).length > 0) {
    const message =
      bucket.versioning === undefined
        ? "The bucket you tried to delete is not empty"
        : "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
    throw new AwsError("BucketNotEmpty", message, 409, { BucketName: bucket.name });
  }
  buckets(cloud).delete("global", bucket.name);
  return {};
});

export const listBuckets = operation("s3", "ListBuckets", (input, { cloud, account }) => {
  const { MaxBuckets = 10_000, Prefix, BucketRegion, ContinuationToken } = input;
  if (MaxBuckets < 1 || MaxBuckets > 10_000)
    throw invalidArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets", MaxBuckets);
  const page = pageOf(
    buckets(cloud)
      .list("global", Prefix)
      .filter(({ region }) => BucketRegion === undefined || region === BucketRegion),
    {
      size: MaxBuckets,
      token: ContinuationToken,
      keyOf: ({ name }) => name,
      query: JSON.stringify(["ListBuckets", Prefix, BucketRegion]),
      invalid: () => invalidArgument("The continuation token provided is incorrect", "continuation-token", ContinuationToken),
    },
  );
  // AWS tells regions where the list was asked for by page or by region.
  const detailed = input.MaxBuckets !== undefined || Prefix !== undefined || BucketRegion !== undefined || ContinuationToken !== undefined;
  return {
    Buckets: page.items.map(({ name, createdMs, region }) => ({
      Name: name,
      CreationDate: new Date(createdMs),
      ...(detailed && { BucketRegion: region }),
    })),
    Owner: ownerOf(account),
    ...(Prefix !== undefined && { Prefix }),
    ...(page.nextToken !== undefined && { ContinuationToken: page.nextToken }),
  };
});

export const getBucketLocation = operation("s3", "GetBucketLocation", (input, context) => {
  const { region } = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  return region === "us-east-1" ? {} : { LocationConstraint: region as "eu-west-1" };
});

export const getBucketVersioning = operation("s3", "GetBucketVersioning", (input, context) => {
  const { versioning } = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  return versioning === undefined ? {} : { Status: versioning };
});

export const putBucketVersioning = operation("s3", "PutBucketVersioning", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const { Status, MFADelete } = input.VersioningConfiguration!;
  if (MFADelete === "Enabled") throw refused("MFA delete");
  if (Status === undefined) throw new AwsError("IllegalVersioningConfigurationException", "The Versioning element must be specified", 400);
  if (Status !== "Enabled" && Status !== "Suspended") throw malformedXml();
  if (bucket.lock && Status === "Suspended") {
    throw new AwsError(
      "InvalidBucketState",
      "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
      409,
    );
  }
  buckets(context.cloud).put("global", bucket.name, { ...bucket, versioning: Status });
  return {};
});

export const getBucketTagging = operation("s3", "GetBucketTagging", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  if (Object.keys(bucket.tags).length === 0)
    throw new AwsError("NoSuchTagSet", "The TagSet does not exist", 404, { BucketName: bucket.name });
  return { TagSet: tagList(bucket.tags) };
});

export const putBucketTagging = operation("s3", "PutBucketTagging", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const tags = { ...systemTags(bucket.tags), ...systemTagsOf(input), ...tagSet(input.Tagging!.TagSet, "bucket") };
  buckets(context.cloud).put("global", bucket.name, { ...bucket, tags });
  return { [httpStatus]: 204 } as object;
});

export const deleteBucketTagging = operation("s3", "DeleteBucketTagging", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  buckets(context.cloud).put("global", bucket.name, { ...bucket, tags: systemTags(bucket.tags) });
  return {};
});

/** CloudFormation's own: callers can neither set nor remove them. */
function systemTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith("aws:")));
}

export const getBucketAcl = operation("s3", "GetBucketAcl", (input, context) => {
  const { grants } = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  return { Owner: ownerOf(context.account), Grants: grants ?? ownersGrants(context.account) };
});

export const putBucketAcl = operation("s3", "PutBucketAcl", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const grants = givenGrants(input, context.account);
  if (!grants) throw missingAcl();
  checkGrants(bucket, grants, context.account);
  buckets(context.cloud).put("global", bucket.name, { ...bucket, grants });
  return {};
});
