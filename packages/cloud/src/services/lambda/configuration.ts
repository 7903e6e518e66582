/** What a function may be told to be: checked, and put into its record. */
import type { CreateFunctionCommandInput } from "@aws-sdk/client-lambda";
import { checkDestination } from "./destinations.ts";
import { check, invalidValue, refused, roleNotAssumable } from "./errors.ts";
import { type LambdaFunction, type Place } from "./function.ts";
import { roleOf } from "./role.ts";
import { checkRuntime } from "./runtime.ts";

export type ConfigurationInput = Pick<
  CreateFunctionCommandInput,
  | "DeadLetterConfig"
  | "Description"
  | "Environment"
  | "EphemeralStorage"
  | "FileSystemConfigs"
  | "Handler"
  | "ImageConfig"
  | "Layers"
  | "LoggingConfig"
  | "MemorySize"
  | "Runtime"
  | "SnapStart"
  | "Timeout"
  | "TracingConfig"
  | "VpcConfig"
> & { Role?: string | undefined };

export type Configuration = Pick<
  LambdaFunction,
  "roleArn" | "runtime" | "handler" | "description" | "timeoutSeconds" | "memoryMb" | "ephemeralStorageMb" | "variables" | "logGroup"
> & { deadLetterArn?: string | undefined };

/** Names that Lambda sets itself (Developer Guide, "Reserved environment variables"). */
const reserved = [
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
];
const environmentLimitBytes = 4_096;

/** What is given over what stands. Throws for what Lambda refuses, and by name for what is not served here. */
export function configured(place: Place, before: Configuration, input: ConfigurationInput): Configuration {
  refuseUnserved(input);
  check({
    role: [input.Role, { pattern: String.raw`arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+` }],
    handler: [input.Handler, { length: [0, 128], pattern: String.raw`[^\s]+` }],
    description: [input.Description, { length: [0, 256] }],
    timeout: [input.Timeout, { range: [1, 900] }],
    memorySize: [input.MemorySize, { range: [128, 10_240] }],
    "ephemeralStorage.size": [input.EphemeralStorage?.Size, { range: [512, 10_240] }],
    "loggingConfig.logFormat": [input.LoggingConfig?.LogFormat, { enum: ["JSON", "Text"] }],
    "loggingConfig.logGroup": [input.LoggingConfig?.LogGroup, { length: [1, 512], pattern: String.raw`[\.\-_/#A-Za-z0-9]+` }],
  });
  if (input.Runtime !== undefined) checkRuntime(place.cloud.world, input.Runtime);
  const variables = input.Environment === undefined ? before.variables : ((input.Environment.Variables ?? {}) as Record<string, string>);
  checkVariables(variables);
  if (input.Role !== undefined && !roleOf(place, input.Role)) throw roleNotAssumable();
  const deadLetterArn = input.DeadLetterConfig === undefined ? before.deadLetterArn : input.DeadLetterConfig.TargetArn || undefined;
  if (input.DeadLetterConfig?.TargetArn)
    checkDestination(place, input.Role ?? before.roleArn, input.DeadLetterConfig.TargetArn, ["sqs", "sns"]);
  return {
    roleArn: input.Role ?? before.roleArn,
    runtime: input.Runtime ?? before.runtime,
    handler: input.Handler ?? before.handler,
    description: input.Description ?? before.description,
    timeoutSeconds: input.Timeout ?? before.timeoutSeconds,
    memoryMb: input.MemorySize ?? before.memoryMb,
    ephemeralStorageMb: input.EphemeralStorage?.Size ?? before.ephemeralStorageMb,
    variables,
    logGroup: input.LoggingConfig?.LogGroup ?? before.logGroup,
    deadLetterArn,
  };
}

function refuseUnserved(input: ConfigurationInput): void {
  if (input.VpcConfig?.SubnetIds?.length) throw refused("functions in a VPC");
  if (input.Layers?.length) throw refused("layers of functions");
  if (input.FileSystemConfigs?.length) throw refused("file systems in functions");
  if (input.ImageConfig) throw refused("functions made of container images");
  if (input.SnapStart?.ApplyOn === "PublishedVersions") throw refused("SnapStart");
  if (input.TracingConfig?.Mode === "Active") throw refused("X-Ray traces");
  if (input.LoggingConfig?.LogFormat === "JSON") throw refused("logs of functions as JSON");
}

function checkVariables(variables: Record<string, string>): void {
  const set = Object.keys(variables).filter((name) => reserved.includes(name));
  if (set.length > 0) {
    throw invalidValue(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${set.join(", ")}`,
    );
  }
  for (const name of Object.keys(variables)) {
    if (!/^[a-zA-Z][a-zA-Z0-9_]+$/u.test(name)) {
      check({ "environment.variables": [name, { pattern: "[a-zA-Z]([a-zA-Z0-9_])+" }] });
    }
  }
  if (Buffer.byteLength(JSON.stringify(variables)) > environmentLimitBytes && Object.keys(variables).length > 0) {
    throw invalidValue(
      "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
    );
  }
}
