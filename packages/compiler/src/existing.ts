/** What is there already, as programs reach it. */
import type { Declared } from "@plinth/language/reading";
import { bucketGrants } from "./bucket.ts";
import { sub, type Target } from "./compilation.ts";
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
        grants: (facet) =>
          bucketGrants(facet ?? "read", {
            bucket: () => sub(`arn:\${AWS::Partition}:s3:::${options.name}`),
            objects: () => sub(`arn:\${AWS::Partition}:s3:::${options.name}/*`),
          }),
      };
  }
}
