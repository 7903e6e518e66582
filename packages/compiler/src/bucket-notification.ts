/** Who is told of a bucket's changes, as the app wrote it. */
import { declaredOf, type AnyDeclared, type Declared } from "@plinth/language/reading";

export interface Notification {
  readonly event: "s3:ObjectCreated:*" | "s3:ObjectRemoved:*";
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
  readonly to: AnyDeclared | undefined;
}

export function notificationsOf({ options }: Declared<"bucket">): Notification[] {
  return [options.notify ?? []].flat().map(({ on = "created", prefix, suffix, to }) => ({
    event: on === "removed" ? "s3:ObjectRemoved:*" : "s3:ObjectCreated:*",
    prefix,
    suffix,
    to: declaredOf(to),
  }));
}
