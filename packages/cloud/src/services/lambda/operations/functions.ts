/** Operations on functions: made, read, changed, deleted, listed. */
import { pageOf } from "../../../paging.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { removeCode, takeCode } from "../code.ts";
import { configured } from "../configuration.ts";
import { check, functionExists, invalidValue, refused, revisionMismatch } from "../errors.ts";
import { described, findFunction, functionArn, functionName, functions, keep, type LambdaFunction } from "../function.ts";
import { endInvocations } from "../invocation.ts";

export const createFunction = operation("lambda", "CreateFunction", async (input, context) => {
  const { Architectures, Code, PackageType, Publish, Tags = {} } = input;
  const { name } = functionName(input.FunctionName);
  if (PackageType === "Image" || Code.ImageUri !== undefined) throw refused("functions made of container images");
  if (Publish) throw refused("published versions of functions");
  if (input.Runtime === undefined) throw invalidValue("Runtime is mandatory for functions with deployment package type Zip.");
  if (input.Handler === undefined) throw invalidValue("Handler is mandatory for functions with deployment package type Zip.");
  check({
    architectures: [Architectures, { length: [1, 1] }],
    "architectures.1.member": [Architectures?.[0], { enum: ["x86_64", "arm64"] }],
  });
  if (functions(context.cloud).has(context.region, name)) throw functionExists(name);
  const settings = configured(
    context,
    {
      roleArn: input.Role,
      runtime: input.Runtime,
      handler: input.Handler,
      description: "",
      timeoutSeconds: 3,
      memoryMb: 128,
      ephemeralStorageMb: 512,
      variables: {},
      logGroup: `/aws/lambda/${name}`,
    },
    input,
  );
  const code = await takeCode(context, name, Code);
  if (functions(context.cloud).has(context.region, name)) throw functionExists(name);
  return described(
    keep(context, {
      name,
      arn: functionArn(context, name),
      ...settings,
      ...code,
      architecture: Architectures?.[0] ?? "x86_64",
      modifiedMs: 0,
      revisionId: "",
      tags: { ...(Tags as Record<string, string>) },
      systemTags: { ...systemTagsOf(input) },
      permissions: [],
    }),
  );
});

export const getFunction = operation("lambda", "GetFunction", ({ FunctionName, Qualifier }, context) => {
  const found = findFunction(context, FunctionName, Qualifier);
  return {
    Configuration: described(found),
    Code: { RepositoryType: "S3", Location: `${context.cloud.endpoint}/_plinth/lambda/${context.region}/${found.name}` },
    ...(tagCount(found) > 0 && { Tags: { ...found.systemTags, ...found.tags } }),
    ...(found.reservedConcurrency !== undefined && { Concurrency: { ReservedConcurrentExecutions: found.reservedConcurrency } }),
  };
});

const tagCount = ({ tags, systemTags }: LambdaFunction) => Object.keys(tags).length + Object.keys(systemTags).length;

export const getFunctionConfiguration = operation("lambda", "GetFunctionConfiguration", ({ FunctionName, Qualifier }, context) =>
  described(findFunction(context, FunctionName, Qualifier)),
);

export const updateFunctionCode = operation("lambda", "UpdateFunctionCode", async (input, context) => {
  const found = findFunction(context, input.FunctionName);
  if (input.Publish) throw refused("published versions of functions");
  checkRevision(found, input.RevisionId);
  const architecture = input.Architectures?.[0];
  const code = await takeCode(context, found.name, input);
  const changed = { ...findFunction(context, found.name), ...code, ...(architecture !== undefined && { architecture }) };
  return described(input.DryRun ? changed : keep(context, changed));
});

export const updateFunctionConfiguration = operation("lambda", "UpdateFunctionConfiguration", (input, context) => {
  const found = findFunction(context, input.FunctionName);
  checkRevision(found, input.RevisionId);
  return described(keep(context, { ...found, ...configured(context, found, input) }));
});

function checkRevision({ revisionId }: LambdaFunction, given: string | undefined): void {
  if (given !== undefined && given !== revisionId) throw revisionMismatch();
}

export const deleteFunction = operation("lambda", "DeleteFunction", async ({ FunctionName, Qualifier }, context) => {
  const found = findFunction(context, FunctionName, Qualifier);
  functions(context.cloud).delete(context.region, found.name);
  await endInvocations(context.cloud, found.arn);
  await removeCode(context, found.name);
  return { StatusCode: 204 };
});

export const listFunctions = operation("lambda", "ListFunctions", ({ Marker, MaxItems }, context) => {
  check({ maxItems: [MaxItems, { range: [1, 10_000] }] });
  const { items, nextToken } = pageOf(functions(context.cloud).list(context.region), {
    size: Math.min(MaxItems ?? 50, 50),
    token: Marker === "" ? undefined : Marker,
    keyOf: ({ name }) => name,
    query: "functions",
    invalid: () => invalidValue("The provided marker is invalid."),
  });
  return { Functions: items.map(described), ...(nextToken !== undefined && { NextMarker: nextToken }) };
});

export const putFunctionConcurrency = operation("lambda", "PutFunctionConcurrency", (input, context) => {
  const { ReservedConcurrentExecutions: reservedConcurrency } = input;
  check({ reservedConcurrentExecutions: [reservedConcurrency, { range: [0, 2_147_483_647] }] });
  keep(context, { ...findFunction(context, input.FunctionName), reservedConcurrency });
  return { ReservedConcurrentExecutions: reservedConcurrency };
});

export const getFunctionConcurrency = operation("lambda", "GetFunctionConcurrency", ({ FunctionName }, context) => {
  const { reservedConcurrency } = findFunction(context, FunctionName);
  return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
});

export const deleteFunctionConcurrency = operation("lambda", "DeleteFunctionConcurrency", ({ FunctionName }, context) => {
  const { reservedConcurrency: _, ...rest } = findFunction(context, FunctionName);
  keep(context, rest);
  return {};
});
