/** A CloudFormation template as data. */
import type { Json, ResourceProperties, ResourceType } from "./resource-types/index.ts";

/** An intrinsic function or a reference, as it stands in a template. */
export type Intrinsic =
  | { Ref: string }
  | { "Fn::GetAtt": [string, string] | string }
  | { "Fn::Sub": string | [string, Record<string, unknown>] }
  | { "Fn::Join": [string, unknown] }
  | { "Fn::Select": [number | string, unknown] }
  | { "Fn::Split": [string, unknown] }
  | { "Fn::If": [string, unknown, unknown] }
  | { "Fn::ImportValue": unknown }
  | { "Fn::GetAZs": unknown }
  | { "Fn::Cidr": [unknown, unknown, unknown?] }
  | { "Fn::FindInMap": [unknown, unknown, unknown, { DefaultValue: unknown }?] }
  | { "Fn::Base64": unknown }
  | { "Fn::Length": unknown }
  | { "Fn::ToJsonString": unknown };

/** `T` in which every value, at any depth, may be an intrinsic function instead. */
export type WithIntrinsics<T> =
  | Intrinsic
  | (T extends string | number | boolean | null
      ? T
      : T extends (infer E)[]
        ? WithIntrinsics<E>[]
        : { [K in keyof T]: WithIntrinsics<T[K]> });

export type DeletionPolicy = "Delete" | "Retain" | "RetainExceptOnCreate" | "Snapshot";

/** A resource of a type whose properties are known. */
export interface TypedResource<T extends ResourceType> {
  Type: T;
  Properties?: { [K in keyof ResourceProperties[T]]: WithIntrinsics<ResourceProperties[T][K]> };
  DependsOn?: string | string[];
  Condition?: string;
  DeletionPolicy?: DeletionPolicy;
  UpdateReplacePolicy?: Exclude<DeletionPolicy, "RetainExceptOnCreate">;
  Metadata?: Json;
}

/** A resource of any type, as a parsed template has it. */
export interface Resource extends Omit<TypedResource<never>, "Type" | "Properties"> {
  Type: string;
  Properties?: Record<string, unknown>;
  CreationPolicy?: unknown;
  UpdatePolicy?: unknown;
}

export interface Parameter {
  Type: string;
  Default?: string | number;
  Description?: string;
  AllowedValues?: (string | number)[];
  AllowedPattern?: string;
  ConstraintDescription?: string;
  MinLength?: number | string;
  MaxLength?: number | string;
  MinValue?: number | string;
  MaxValue?: number | string;
  NoEcho?: boolean | string;
}

export interface Output {
  Value: unknown;
  Description?: string;
  Condition?: string;
  Export?: { Name: unknown };
}

export interface Template {
  AWSTemplateFormatVersion?: "2010-09-09";
  Description?: string;
  Metadata?: Record<string, unknown>;
  Parameters?: Record<string, Parameter>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Conditions?: Record<string, unknown>;
  Rules?: Record<string, unknown>;
  Transform?: unknown;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, Output>;
}
