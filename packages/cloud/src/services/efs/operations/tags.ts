/** Tags, by the operations of today and by those of the beginning. */
import { operation, type OperationContext } from "../../../service.ts";
import { keepAccessPoint, requireAccessPoint } from "../access-point.ts";
import { badRequest } from "../errors.ts";
import { keepFileSystem, requireFileSystem } from "../file-system.ts";
import { idOf } from "../names.ts";
import { page } from "../pages.ts";
import { allTags, checkedTags, mergedTags, type Tag } from "../tags.ts";

interface Tagged {
  tags: Tag[];
  systemTags: Record<string, string>;
}

/** A file system or an access point, by id or ARN, and how its tags are changed. */
function tagged(context: OperationContext, resource: string): { found: Tagged; keep: (tags: Tag[]) => void } {
  if (idOf(resource).startsWith("fsap-")) {
    const found = requireAccessPoint(context, resource);
    return { found, keep: (tags) => keepAccessPoint(context, { ...found, tags }) };
  }
  const found = requireFileSystem(context, resource);
  return { found, keep: (tags) => keepFileSystem(context, { ...found, tags }) };
}

function add(context: OperationContext, resource: string, tags: Parameters<typeof checkedTags>[0]): void {
  const added = checkedTags(tags);
  const { found, keep } = tagged(context, resource);
  keep(mergedTags(found.tags, added));
}

function remove(context: OperationContext, resource: string, keys: readonly string[]): void {
  if (keys.length === 0) throw badRequest("TagKeys must not be empty.");
  checkedTags(keys.map((Key) => ({ Key })));
  const { found, keep } = tagged(context, resource);
  keep(found.tags.filter(({ Key }) => !keys.includes(Key)));
}

function list(context: OperationContext, resource: string, size: number | undefined, marker: string | undefined) {
  const { found } = tagged(context, resource);
  // Pages go by the order of ids; a tag's is its place, as tags are answered in the order in which they came.
  const { items, next } = page(
    allTags(found).map((tag, at) => ({ id: String(at).padStart(3, "0"), tag })),
    { size, marker, query: `tags ${resource}` },
  );
  return { tags: items.map(({ tag }) => tag), next };
}

export const tagResource = operation("efs", "TagResource", ({ ResourceId, Tags }, context) => {
  add(context, ResourceId, Tags);
  return {};
});

export const untagResource = operation("efs", "UntagResource", ({ ResourceId, TagKeys }, context) => {
  remove(context, ResourceId, TagKeys);
  return {};
});

export const listTagsForResource = operation("efs", "ListTagsForResource", (input, context) => {
  const { tags, next } = list(context, input.ResourceId, input.MaxResults, input.NextToken);
  return { Tags: tags, ...(next !== undefined && { NextToken: next }) };
});

export const createTags = operation("efs", "CreateTags", ({ FileSystemId, Tags }, context) => {
  add(context, requireFileSystem(context, FileSystemId).id, Tags);
  return {};
});

export const deleteTags = operation("efs", "DeleteTags", ({ FileSystemId, TagKeys }, context) => {
  remove(context, requireFileSystem(context, FileSystemId).id, TagKeys);
  return {};
});

export const describeTags = operation("efs", "DescribeTags", ({ FileSystemId, MaxItems, Marker }, context) => {
  const { tags, next } = list(context, requireFileSystem(context, FileSystemId).id, MaxItems, Marker);
  return { Tags: tags, ...(Marker !== undefined && { Marker }), ...(next !== undefined && { NextMarker: next }) };
});
