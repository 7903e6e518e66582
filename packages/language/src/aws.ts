/** Any other CloudFormation resource. */
import type { ResourceType } from "@plinth/cloudformation/resource-types";
import { declare, facet, type Declaration } from "./declaration.ts";
import type { standsInBrowser, standsInEnv, standsInText, standsInUses } from "./env.ts";
import type { Properties } from "./override.ts";

export interface AwsOptions {
  /** The CloudFormation type. */
  readonly type: string;
  /** Its properties, as in a template; other `aws` resources by `.ref` and `.attribute(…)`. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Where it stands: beside queues and topics, or beside databases. */
  readonly layer?: "storage" | "messaging" | "database";
  /** The attribute that is its ARN, for `.allow(…)`. */
  readonly arn?: string;
  /** What becomes of it when it is taken out. */
  readonly keep?: boolean;
}

export interface AwsPlacement {
  /** The layer in which it stands. @default "messaging" */
  readonly layer?: "storage" | "messaging" | "database";
  /** The attribute that is its ARN, or `Ref`. @default `Arn`, `TopicArn` or the like where the type has it, else `Ref` */
  readonly arn?: string;
  /** Keep it when it is taken out of the app. @default false */
  readonly keep?: boolean;
}

/** A value of the resource, known after the deploy; it may stand in `env`, in `text`, and in the properties of another `aws` resource. */
export interface AwsValue {
  /** So that it may stand where a template takes a function. */
  readonly Ref: string;
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "a value gives no permission: write .allow(…)";
  readonly [standsInText]: "may stand in text";
  readonly [standsInBrowser]: "may reach the browser";
}

/** Permission on the resource, and its `Ref`. */
export interface AwsPermission {
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: "a permission cannot stand in text: name it in uses";
  readonly [standsInBrowser]: "a browser has no permissions: give them to the program";
}

/** An AWS resource. */
export interface AwsResource extends Declaration<"aws"> {
  /** Its `Ref`, plus these actions on it alone: `.allow("sns:Publish")`. */
  allow(...actions: readonly [`${string}:${string}`, ...`${string}:${string}`[]]): AwsPermission;
  /** Its `Ref`, without any permission. */
  readonly ref: AwsValue;
  /** An attribute, as `Fn::GetAtt` gives it. */
  attribute(name: string): AwsValue;
  readonly [standsInEnv]: "an aws resource needs a use in env: .allow(…), .ref or .attribute(…)";
  readonly [standsInUses]: "an aws resource needs a use: .allow(…)";
  readonly [standsInText]: "an aws resource needs a use in text: .ref or .attribute(…)";
}

/** Declares a CloudFormation resource; of a type that Plinth knows, its properties are checked. */
export function aws<T extends ResourceType | `${string}::${string}::${string}`>(
  type: T,
  properties: T extends ResourceType ? Properties<T> : Readonly<Record<string, unknown>>,
  placement: AwsPlacement = {},
): AwsResource {
  return declare("aws", { type, properties: { ...properties }, ...placement }, (own) => ({
    allow: (...actions: string[]) => facet(own, "allow", actions),
    ref: facet(own, "ref"),
    attribute: (name: string) => facet(own, "attribute", name),
  }));
}
