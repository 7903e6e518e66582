/** Brings an earlier version of an object back: as a new version, so that nothing is lost. */
import type { Assembly } from "@plinth/compiler";
import { isAwsError, type Aws, type Output } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { step, type Deployment } from "../deployment.ts";
import { declaredNames, deployedIds } from "../named-resources.ts";
import { describeStage } from "../stacks/stack-state.ts";

export interface FileVersion {
  versionId: string;
  at: string;
  /** What was done: an object was written, or deleted. */
  what: "written" | "deleted";
  sizeBytes?: number;
  latest: boolean;
}

export interface RestoredFile {
  bucket: string;
  key: string;
  /** Which came back. */
  from: FileVersion;
  /** The new one. */
  versionId: string;
}

/** S3 copies up to 5 GiB in one call (AWS, CopyObject). */
const copyLimitBytes = 5 * 2 ** 30;

export async function bucketNamed({ aws, assembly }: Pick<Deployment, "aws" | "assembly">, name: string): Promise<string> {
  const type = "AWS::S3::Bucket";
  const names = declaredNames(assembly, type);
  const stacks = await describeStage(aws, assembly);
  const ids = names.includes(name) ? await deployedIds(aws, assembly, stacks, type, name) : [];
  const id = ids.at(-1)?.id ?? (await physicalBucket(aws, assembly, stacks, names, name));
  if (id !== undefined) return id;
  throw new DeployError(
    "not-found",
    names.includes(name) ? `The bucket ${name} is not deployed.` : `${assembly.app} has no bucket ${name}.`,
    {
      remedy: names.length > 0 ? `It has: ${names.join(", ")}.` : "It declares none.",
    },
  );
}

/** By what S3 calls it. */
async function physicalBucket(
  aws: Aws,
  assembly: Assembly,
  stacks: Awaited<ReturnType<typeof describeStage>>,
  names: string[],
  name: string,
): Promise<string | undefined> {
  const all = await Promise.all(names.map((each) => deployedIds(aws, assembly, stacks, "AWS::S3::Bucket", each)));
  return all.flat().find(({ id }) => id === name)?.id;
}

/** Newest first. @throws DeployError where there is none */
export async function fileVersions(
  { aws, assembly }: Pick<Deployment, "aws" | "assembly">,
  bucket: string,
  key: string,
): Promise<FileVersion[]> {
  const found: FileVersion[] = [];
  const others = new Set<string>();
  let page: Output<"s3", "ListObjectVersions"> | undefined;
  do {
    page = await aws.call("s3", "ListObjectVersions", {
      Bucket: bucket,
      Prefix: key,
      KeyMarker: page?.NextKeyMarker,
      VersionIdMarker: page?.NextVersionIdMarker,
    });
    for (const each of page.Versions ?? []) {
      if (each.Key !== key) others.add(each.Key ?? "");
      else
        found.push({
          versionId: each.VersionId ?? "null",
          at: each.LastModified?.toISOString() ?? "",
          what: "written",
          sizeBytes: each.Size ?? 0,
          latest: each.IsLatest ?? false,
        });
    }
    for (const each of page.DeleteMarkers ?? []) {
      if (each.Key !== key) others.add(each.Key ?? "");
      else
        found.push({
          versionId: each.VersionId ?? "null",
          at: each.LastModified?.toISOString() ?? "",
          what: "deleted",
          latest: each.IsLatest ?? false,
        });
    }
    // Keys come in order: the first behind this one ends it.
  } while (page.IsTruncated && others.size === 0);
  if (found.length === 0) {
    const alike = [...others].slice(0, 5);
    const kept = await keepsVersions(aws, bucket);
    throw new DeployError("not-found", `The bucket ${bucket} has no version of ${key}.`, {
      remedy: kept
        ? alike.length > 0
          ? `Keys that begin alike: ${alike.join(", ")}.`
          : "aws s3api list-object-versions shows what there is."
        : `It keeps no versions: what was deleted or overwritten is gone. Declare versioned: true for ${assembly.app} and deploy; it holds from then on.`,
    });
  }
  // Of one second the latest goes first.
  return found.sort((a, b) => Number(b.latest) - Number(a.latest) || b.at.localeCompare(a.at));
}

async function keepsVersions(aws: Aws, Bucket: string): Promise<boolean> {
  return (await aws.call("s3", "GetBucketVersioning", { Bucket })).Status !== undefined;
}

/** @param version which; without it the last one before what is there now. @throws DeployError */
export async function restoreFile(deployment: Deployment, bucketName: string, key: string, version?: string): Promise<RestoredFile> {
  const { aws } = deployment;
  const Bucket = await bucketNamed(deployment, bucketName);
  const versions = await fileVersions(deployment, Bucket, key);
  const from = await chosen(aws, Bucket, key, versions, version);
  if ((from.sizeBytes ?? 0) > copyLimitBytes) {
    throw new DeployError("out-of-bounds", `${key} has more than 5 GiB: S3 does not copy that in one call.`, {
      remedy: `aws s3 cp does it in parts, or remove the delete marker: aws s3api delete-object --bucket ${Bucket} --key ${key} --version-id …`,
    });
  }
  return step(deployment, "restore", key, async () => {
    const CopySource = `${Bucket}/${key.split("/").map(encodeURIComponent).join("/")}?versionId=${encodeURIComponent(from.versionId)}`;
    try {
      const { VersionId = "null" } = await aws.call("s3", "CopyObject", { Bucket, Key: key, CopySource });
      return { value: { bucket: Bucket, key, from, versionId: VersionId }, detail: `as of ${from.at}` };
    } catch (error) {
      if (!isAwsError(error, "NoSuchVersion", "NoSuchKey")) throw error;
      throw new DeployError("not-found", `The version ${from.versionId} of ${key} is gone: a lifecycle rule has removed it.`, {
        remedy: `plinth files restore ${bucketName} ${key} --list shows what is left.`,
        cause: error,
      });
    }
  });
}

async function chosen(aws: Aws, bucket: string, key: string, versions: FileVersion[], version: string | undefined): Promise<FileVersion> {
  const written = versions.filter(({ what }) => what === "written");
  if (version !== undefined) {
    const found = versions.find(({ versionId }) => versionId === version);
    if (found?.what === "written") return found;
    throw new DeployError(
      "not-found",
      found ? `The version ${version} of ${key} is its deletion: it holds nothing.` : `${key} has no version ${version}.`,
      {
        remedy:
          written.length > 0
            ? `It has: ${written
                .slice(0, 5)
                .map(({ versionId, at }) => `${versionId} (${at})`)
                .join(", ")}.`
            : "It has none that holds something.",
      },
    );
  }
  const found = written.find(({ latest }) => !latest);
  if (found) return found;
  throw new DeployError("not-found", `${key} has no earlier version.`, {
    remedy: (await keepsVersions(aws, bucket))
      ? "What is there now is the only one that was ever written, or that its lifecycle rule has kept."
      : "Its bucket keeps no versions: declare versioned: true and deploy; it holds from then on.",
  });
}
