/** AWS::Lambda::Function. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import type { Input } from "../../../aws.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import { unlessGone } from "../../../stack-tags.ts";
import { isPython } from "../runtime.ts";
import { zipOf } from "../zip.ts";

type Properties = ResourceProperties["AWS::Lambda::Function"];

const nameOf = (request: ResourceRequest<Properties>) => request.properties.FunctionName ?? request.physicalName(64);

/** Code that stands in the template becomes a package with one file, `index.js` or `index.py`. */
function codeOf({ Code: { ZipFile, S3Bucket, S3Key, S3ObjectVersion, ImageUri }, Runtime = "" }: Properties) {
  return {
    ...(ZipFile !== undefined && { ZipFile: new Uint8Array(zipOf(isPython(Runtime) ? "index.py" : "index.js", Buffer.from(ZipFile))) }),
    ...(S3Bucket !== undefined && { S3Bucket }),
    ...(S3Key !== undefined && { S3Key }),
    ...(S3ObjectVersion !== undefined && { S3ObjectVersion }),
    ...(ImageUri !== undefined && { ImageUri }),
  };
}

/** A property that the template leaves out goes back to what a new function has. */
const settingsOf = (properties: Properties) => ({
  Role: properties.Role,
  Runtime: properties.Runtime as Input<"lambda", "CreateFunction">["Runtime"] & string,
  Handler: properties.Handler ?? "",
  Description: properties.Description ?? "",
  Timeout: properties.Timeout ?? 3,
  MemorySize: properties.MemorySize ?? 128,
  EphemeralStorage: { Size: properties.EphemeralStorage?.Size ?? 512 },
  Environment: { Variables: properties.Environment?.Variables ?? {} },
  DeadLetterConfig: { TargetArn: properties.DeadLetterConfig?.TargetArn ?? "" },
  ...(properties.LoggingConfig && {
    LoggingConfig: properties.LoggingConfig as Input<"lambda", "CreateFunction">["LoggingConfig"] & object,
  }),
});

const made = (name: string, arn: string): Made => ({ physicalId: name, attributes: { Arn: arn } });

export const lambdaFunction = resource("AWS::Lambda::Function", {
  coverage: {
    real: [
      "Code",
      "DeadLetterConfig",
      "Description",
      "Environment",
      "FunctionName",
      "Handler",
      "LoggingConfig",
      "MemorySize",
      "PackageType",
      "ReservedConcurrentExecutions",
      "Role",
      "Runtime",
      "Tags",
      "Timeout",
    ],
    recorded: ["Architectures", "EphemeralStorage"],
    refused: {
      CapacityProviderConfig: "functions run as processes of this machine",
      "Code.ImageUri": "functions are made of zip archives, not of container images",
      "Code.S3ObjectStorageMode": "code is always copied",
      "Code.SourceKMSKeyArn": "archives are not encrypted by a key",
      CodeSigningConfigArn: "code signing is not served",
      DurableConfig: "durable functions are not served",
      FileSystemConfigs: "file systems are mounted in ECS tasks only",
      FunctionScalingConfig: "functions run as processes of this machine",
      ImageConfig: "functions are made of zip archives, not of container images",
      KmsKeyArn: "variables are not encrypted by a key",
      Layers: "layers are not served",
      "LoggingConfig.ApplicationLogLevel": "logs are text",
      "LoggingConfig.SystemLogLevel": "logs are text",
      PublishToLatestPublished: "it belongs to capacity providers",
      RecursiveLoop: "loops are not detected",
      RuntimeManagementConfig: "the runtimes are this machine's",
      SnapStart: "no process is kept or copied",
      TenancyConfig: "tenants are not told apart",
      TracingConfig: "X-Ray is not served",
      VpcConfig: "functions run outside of the app's network",
    },
    note: "Node.js functions, and Python ones where the machine has python3, each invocation in a process of its own with the role's credentials; other runtimes are refused by name.",
  },
  async create(request) {
    const { call, properties } = request;
    const { own, system } = splitTags(request.tags, properties.Tags);
    const name = nameOf(request);
    const { FunctionArn = "" } = await call(
      "lambda",
      "CreateFunction",
      withSystemTags(
        {
          FunctionName: name,
          ...settingsOf(properties),
          Code: codeOf(properties),
          ...(properties.Architectures && { Architectures: properties.Architectures as ("arm64" | "x86_64")[] }),
          ...(properties.PackageType !== undefined && { PackageType: properties.PackageType as "Zip" }),
          Tags: Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])),
        },
        system,
      ),
    );
    await reserve(request, name);
    return made(name, FunctionArn);
  },
  async find(request) {
    try {
      const { Configuration, Tags = {} } = await request.call("lambda", "GetFunction", { FunctionName: nameOf(request) });
      const ours = ["stack-id", "logical-id"].every(
        (key) => Tags[`aws:cloudformation:${key}`] === request.tags[`aws:cloudformation:${key}`],
      );
      if (!ours) return undefined;
      await reserve(request, nameOf(request));
      return made(nameOf(request), Configuration!.FunctionArn!);
    } catch (error) {
      if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
      throw error;
    }
  },
  async update(request) {
    const { call, physicalId: FunctionName, properties, previous } = request;
    const { FunctionArn = "" } = await call("lambda", "UpdateFunctionConfiguration", { FunctionName, ...settingsOf(properties) });
    if (JSON.stringify(properties.Code) !== JSON.stringify(previous.Code)) {
      await call("lambda", "UpdateFunctionCode", { FunctionName, ...codeOf(properties) });
    }
    await reserve(request, FunctionName);
    const { own } = splitTags(request.tags, properties.Tags);
    const gone = splitTags({}, previous.Tags).own.filter(({ Key }) => !own.some((tag) => tag.Key === Key));
    if (gone.length > 0) await call("lambda", "UntagResource", { Resource: FunctionArn, TagKeys: gone.map(({ Key }) => Key) });
    if (own.length > 0)
      await call("lambda", "TagResource", { Resource: FunctionArn, Tags: Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) });
    return made(FunctionName, FunctionArn);
  },
  async delete({ call, physicalId }) {
    await call("lambda", "DeleteFunction", { FunctionName: physicalId }).catch(unlessGone);
  },
});

async function reserve({ call, properties }: ResourceRequest<Properties>, FunctionName: string): Promise<void> {
  const { ReservedConcurrentExecutions } = properties;
  if (ReservedConcurrentExecutions !== undefined)
    await call("lambda", "PutFunctionConcurrency", { FunctionName, ReservedConcurrentExecutions });
  else await call("lambda", "DeleteFunctionConcurrency", { FunctionName });
}
