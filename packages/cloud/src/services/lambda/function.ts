/** A function as it is kept, its name in its many spellings, and how it is described. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";
import { check, functionNotFound, refused } from "./errors.ts";

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

/** Throws where there is none. There are no versions and aliases here, so a qualifier other than $LATEST finds nothing. */
export function findFunction(place: Place, given: string, qualifier?: string): LambdaFunction {
  const wanted = functionName(given, qualifier);
  const found = functions(place.cloud).get(place.region, wanted.name);
  const other = wanted.qualifier !== undefined && wanted.qualifier !== "$LATEST" ? `:${wanted.qualifier}` : "";
  if (!found || other !== "") throw functionNotFound(`${functionArn(place, wanted.name)}${other}`);
  return found;
}

export function keep(place: Place, changed: LambdaFunction): LambdaFunction {
  const { clock, random } = place.cloud.world;
  const kept = { ...changed, modifiedMs: clock.nowMs(), revisionId: random.uuid() };
  functions(place.cloud).put(place.region, kept.name, kept);
  return kept;
}

/** The runtimes whose programs this machine has: Node's. */
export const servedRuntimes = ["nodejs20.x", "nodejs22.x", "nodejs24.x"];

export function checkRuntime(runtime: string): void {
  if (!servedRuntimes.includes(runtime)) throw refused(`functions of the runtime ${runtime}, only ${servedRuntimes.join(", ")}`);
}

export const described = (of: LambdaFunction): FunctionConfiguration => ({
  FunctionName: of.name,
  FunctionArn: of.arn,
  Runtime: of.runtime as never,
  Role: of.roleArn,
  Handler: of.handler,
  CodeSize: of.codeSizeBytes,
  Description: of.description,
  Timeout: of.timeoutSeconds,
  MemorySize: of.memoryMb,
  LastModified: new Date(of.modifiedMs).toISOString().replace("Z", "+0000"),
  CodeSha256: of.codeSha256,
  Version: "$LATEST",
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
