/** A function as it is kept, its name in its many spellings, and how it is described. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";
import { check, functionNotFound, otherRegion } from "./errors.ts";

export interface LambdaFunction {
  name: string;
  arn: string;
  runtime: string;
  handler: string;
  roleArn: string;
  description: string;
  timeoutSeconds: number;
  memoryMb: number;
  ephemeralStorageMb: number;
  architecture: string;
  variables: Record<string, string>;
  logGroup: string;
  /** The archive: its SHA-256 in base64, as AWS shows it. */
  codeSha256: string;
  codeSizeBytes: number;
  modifiedMs: number;
  revisionId: string;
  /** The number of the version that was published last; absent: none was. Numbers are never given again. */
  lastVersion?: number;
  /** Where asynchronous calls go that failed for good: a queue or a topic. */
  deadLetterArn?: string;
  /** How many invocations may run at once; absent: any number. */
  reservedConcurrency?: number;
  tags: Record<string, string>;
  /** Those that begin with `aws:`, by which a stack knows what it made. */
  systemTags: Record<string, string>;
  /** The statements of its own policy. */
  permissions: PermissionStatement[];
}

export interface PermissionStatement {
  Sid: string;
  Effect: "Allow";
  Principal: "*" | { Service: string } | { AWS: string };
  Action: string;
  Resource: string;
  Condition?: Record<string, Record<string, string>>;
}

export type Place = Pick<OperationContext, "cloud" | "account" | "region">;

export const functions = (cloud: Cloud) => cloud.store.collection<LambdaFunction>("lambda.function");

export const functionArn = ({ account, region }: Pick<Place, "account" | "region">, name: string): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`;

const namePattern = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`;

/** By name, ARN, or the parts of one, with or without a qualifier. Throws for one that no function can have. */
export function functionName(given: string, qualifier?: string): { name: string; qualifier: string | undefined } {
  check({ functionName: [given, { length: [1, 170], pattern: namePattern }] });
  const parts = /^(?:(?:arn:[^:]*:lambda:)?(?:[a-z]{2}[a-z-]*-\d:)?(?:\d{12}:)?function:|(?:\d{12}:function:))?([^:]+)(?::([^:]+))?$/u.exec(
    given,
  );
  return { name: parts?.[1] ?? given, qualifier: qualifier ?? parts?.[2] };
}

/** Throws for an ARN, whole or in part, that is of another region. */
export function checkRegion({ region }: Place, given: string): void {
  const [, named = region] = /^(?:arn:[^:]*:lambda:)?([a-z]{2}[a-z-]*-\d):\d{12}:/u.exec(given) ?? [];
  if (named !== region) throw otherRegion(named, region);
}

/** The function itself, as it is now, whatever qualifier its name has. Throws where there is none. */
export function findFunction(place: Place, given: string): LambdaFunction {
  const { name } = functionName(given);
  checkRegion(place, given);
  const found = functions(place.cloud).get(place.region, name);
  if (!found) throw functionNotFound(functionArn(place, name));
  return found;
}

export function keep(place: Place, changed: LambdaFunction): LambdaFunction {
  const { clock, random } = place.cloud.world;
  const kept = { ...changed, modifiedMs: clock.nowMs(), revisionId: random.uuid() };
  functions(place.cloud).put(place.region, kept.name, kept);
  return kept;
}

/** As `version`, under the name that was asked for. */
export const described = (of: LambdaFunction, version = "$LATEST", arn = of.arn): FunctionConfiguration => ({
  FunctionName: of.name,
  FunctionArn: arn,
  Runtime: of.runtime as never,
  Role: of.roleArn,
  Handler: of.handler,
  CodeSize: of.codeSizeBytes,
  Description: of.description,
  Timeout: of.timeoutSeconds,
  MemorySize: of.memoryMb,
  LastModified: new Date(of.modifiedMs).toISOString().replace("Z", "+0000"),
  CodeSha256: of.codeSha256,
  Version: version,
  ...(of.deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: of.deadLetterArn } }),
  ...(Object.keys(of.variables).length > 0 && { Environment: { Variables: of.variables } }),
  TracingConfig: { Mode: "PassThrough" },
  RevisionId: of.revisionId,
  State: "Active",
  LastUpdateStatus: "Successful",
  PackageType: "Zip",
  Architectures: [of.architecture as never],
  EphemeralStorage: { Size: of.ephemeralStorageMb },
  SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
  LoggingConfig: { LogFormat: "Text", LogGroup: of.logGroup },
});
