/** What is there already, as programs reach it. */
import type { Declared } from "@plinth/language/reading";
import { sub, type Grant, type Target } from "./compilation.ts";
import { parameterReference } from "./secret.ts";

export function existingTarget({ options }: Declared<"existing">): Target {
  switch (options.type) {
    case "vpc":
      throw new Error("a vpc is no target");
    case "postgres":
      return {
        inject: () => ({
          kind: "secret",
          valueFrom: () => `${options.secret}:url::`,
          grant: { actions: ["secretsmanager:GetSecretValue"], resources: () => [options.secret] },
        }),
      };
    case "secret":
      if (options.id.startsWith("/")) return { inject: () => ({ kind: "secret", ...parameterReference(options.id) }) };
      return {
        inject: (facet, detail) => ({
          kind: "secret",
          valueFrom: () => (facet === "field" ? `${options.id}:${String(detail)}::` : options.id),
          grant: { actions: ["secretsmanager:GetSecretValue"], resources: () => [options.id] },
        }),
      };
    case "bucket":
      return {
        inject: () => ({ kind: "open", value: () => options.name }),
        grants: (facet) => bucketGrants(options.name, facet ?? "read"),
      };
  }
}

/** What each use of a bucket allows, and nothing beyond. */
function bucketGrants(name: string, use: string): Grant[] {
  const bucket = sub(`arn:\${AWS::Partition}:s3:::${name}`);
  const objects = sub(`arn:\${AWS::Partition}:s3:::${name}/*`);
  const reads = use === "read" || use === "readWrite";
  const writes = use === "write" || use === "readWrite";
  return [
    ...(reads ? [{ actions: ["s3:ListBucket"], resources: () => [bucket] }] : []),
    {
      actions: [
        ...(reads ? ["s3:GetObject"] : []),
        ...(writes ? ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"] : []),
      ],
      resources: () => [objects],
    },
  ];
}
