/** What each operation asks of policies: its action on the file system or access point that the input names, in view of their tags. */
import type { Authorization, OperationContext } from "../../service.ts";
import { peekAccessPoint } from "./access-point.ts";
import { peekFileSystem } from "./file-system.ts";
import { peekMountTarget } from "./mount-target.ts";
import { accessPointArn, fileSystemArn, idOf } from "./names.ts";
import type { Tag } from "./tags.ts";

interface Input {
  FileSystemId?: string | undefined;
  SourceFileSystemId?: string | undefined;
  AccessPointId?: string | undefined;
  MountTargetId?: string | undefined;
  ResourceId?: string | undefined;
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
  TagKeys?: string[] | undefined;
}

function requestTags({ Tags, TagKeys }: Input): Record<string, string | string[]> {
  const keys = [...(Tags ?? []).map(({ Key = "" }) => Key), ...(TagKeys ?? [])];
  return {
    ...(keys.length > 0 && { "aws:TagKeys": keys }),
    ...Object.fromEntries((Tags ?? []).map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
  };
}

const resourceTags = (tags: readonly Tag[] = []) => Object.fromEntries(tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]));

/** `elasticfilesystem:{action}` on what the input names; on `*` where it names nothing. */
export const on =
  (action: string) =>
  (input: Input, context: OperationContext): Authorization[] => {
    const asked = { action: `elasticfilesystem:${action}`, conditions: requestTags(input) };
    const point = input.AccessPointId ?? (input.ResourceId && idOf(input.ResourceId).startsWith("fsap-") ? input.ResourceId : undefined);
    if (point !== undefined) {
      const conditions = { ...asked.conditions, ...resourceTags(peekAccessPoint(context, point)?.tags) };
      return [{ ...asked, resource: accessPointArn(context, idOf(point)), conditions }];
    }
    const target = input.MountTargetId === undefined ? undefined : peekMountTarget(context, input.MountTargetId)?.fileSystemId;
    const fileSystem = input.FileSystemId ?? input.SourceFileSystemId ?? target ?? input.ResourceId;
    if (fileSystem === undefined) return [{ ...asked, resource: "*" }];
    const conditions = { ...asked.conditions, ...resourceTags(peekFileSystem(context, fileSystem)?.tags) };
    return [{ ...asked, resource: fileSystemArn(context, idOf(fileSystem)), conditions }];
  };

/** Making one asks on `file-system/*`, in view of what it would be. */
export const onCreate = (input: Input & { Encrypted?: boolean | undefined }, context: OperationContext): Authorization[] => [
  {
    action: "elasticfilesystem:CreateFileSystem",
    resource: fileSystemArn(context, "*"),
    conditions: { ...requestTags(input), "elasticfilesystem:Encrypted": String(input.Encrypted ?? false) },
  },
];
