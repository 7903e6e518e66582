/** CloudFormation's properties as ECS's own members: the same names, beginning in lower case. */

/** Members whose value is a map of the user's own keys: those are left as they are. */
const maps = new Set(["DockerLabels", "Options", "DriverOpts", "HookDetails", "Labels"]);
/** Names that are not just their own beginning in lower case. */
const renamed: Record<string, string> = {
  EFSVolumeConfiguration: "efsVolumeConfiguration",
  FSxWindowsFileServerVolumeConfiguration: "fsxWindowsFileServerVolumeConfiguration",
  FilesystemId: "fileSystemId",
  IAM: "iam",
  EnableECSManagedTags: "enableECSManagedTags",
  S3FilesVolumeConfiguration: "s3filesVolumeConfiguration",
  S3BucketName: "s3BucketName",
  S3KeyPrefix: "s3KeyPrefix",
};

/** `{ ContainerPort: 80 }` → `{ containerPort: 80 }`, all the way down. */
export function lowerNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerNames);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      renamed[name] ?? name.charAt(0).toLowerCase() + name.slice(1),
      maps.has(name) ? each : lowerNames(each),
    ]),
  );
}

interface Tag {
  Key: string;
  Value: string;
}

/** The tags of a resource as ECS takes them, without CloudFormation's own. */
export function ownTags(tags: readonly Tag[] | undefined): { key: string; value: string }[] {
  return (tags ?? []).filter(({ Key }) => !Key.startsWith("aws:")).map(({ Key, Value }) => ({ key: Key, value: Value }));
}
