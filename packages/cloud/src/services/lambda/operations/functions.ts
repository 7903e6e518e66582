/** Operations on functions: made, read, changed, deleted, listed. */
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { removeCode, takeCode } from "../code.ts";
import { configured } from "../configuration.ts";
import { check, functionExists, functionNotFound, invalidValue, refused, revisionMismatch, versionInUse } from "../errors.ts";
import { removeEventInvokeConfigs } from "../event-invoke-config.ts";
import { checkRegion, described, findFunction, functionArn, functionName, functions, keep, type LambdaFunction } from "../function.ts";
import { qualified } from "../qualified.ts";
import { type PublishedVersion, publishVersion, removeVersions, versionKey, versions, versionsOf } from "../version.ts";
import { aliasesOf, removeAliases } from "../alias.ts";
import { endInvocations } from "../invocation.ts";
import { leastUnreserved, limits } from "../limits.ts";
import { lambdaPage } from "../page.ts";

export const createFunction = operation("lambda", "CreateFunction", async (input, context) => {
  const { Architectures, Code, PackageType, Publish, Tags = {} } = input;
  const { name } = functionName(input.FunctionName);
  check({ functionName: [name, { length: [1, 64] }] });
  if (PackageType === "Image" || Code.ImageUri !== undefined) throw refused("functions made of container images");
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
  const kept = keep(context, {
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
  });
  return Publish ? shownVersion(publishVersion(context, kept)) : described(kept);
});

const shownVersion = (published: PublishedVersion) => described(published, published.version, `${published.arn}:${published.version}`);

export const getFunction = operation("lambda", "GetFunction", ({ FunctionName, Qualifier }, context) => {
  const { of, version, arn } = qualified(context, FunctionName, Qualifier);
  const found = findFunction(context, of.name);
  const place = `${context.region}/${of.name}${version === "$LATEST" ? "" : `/${version}`}`;
  return {
    Configuration: described(of, version, arn),
    Code: { RepositoryType: "S3", Location: `${context.cloud.endpoint}/_plinth/lambda/${place}` },
    ...(tagCount(found) > 0 && { Tags: { ...found.systemTags, ...found.tags } }),
    ...(found.reservedConcurrency !== undefined && { Concurrency: { ReservedConcurrentExecutions: found.reservedConcurrency } }),
  };
});

const tagCount = ({ tags, systemTags }: LambdaFunction) => Object.keys(tags).length + Object.keys(systemTags).length;

export const getFunctionConfiguration = operation("lambda", "GetFunctionConfiguration", ({ FunctionName, Qualifier }, context) => {
  const { of, version, arn } = qualified(context, FunctionName, Qualifier);
  return described(of, version, arn);
});

export const updateFunctionCode = operation("lambda", "UpdateFunctionCode", async (input, context) => {
  const found = findFunction(context, input.FunctionName);
  checkRevision(found, input.RevisionId);
  const architecture = input.Architectures?.[0];
  const code = await takeCode(context, found.name, input);
  const changed = { ...findFunction(context, found.name), ...code, ...(architecture !== undefined && { architecture }) };
  if (input.DryRun) return described(changed);
  const kept = keep(context, changed);
  return input.Publish ? shownVersion(publishVersion(context, kept)) : described(kept);
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
  const found = findFunction(context, FunctionName);
  const { qualifier } = functionName(FunctionName, Qualifier);
  if (qualifier !== undefined) {
    deleteVersion(context, found, qualifier);
    return { StatusCode: 204 };
  }
  context.cloud.store.transaction(() => {
    functions(context.cloud).delete(context.region, found.name);
    removeVersions(context, found.name);
    removeAliases(context, found.name);
    removeEventInvokeConfigs(context, found.name);
  });
  await endInvocations(context.cloud, found.arn);
  await removeCode(context, found.name);
  return { StatusCode: 204 };
});

function deleteVersion(context: OperationContext, { name, arn }: LambdaFunction, version: string): void {
  if (version === "$LATEST") throw invalidValue("$LATEST version cannot be deleted without deleting the function.");
  if (!/^\d+$/u.test(version)) throw invalidValue("Deletion of aliases is not currently supported.");
  const users = aliasesOf(context, name).filter((alias) => alias.version === version || Object.hasOwn(alias.weights, version));
  if (users.length > 0) throw versionInUse(users.map((alias) => alias.name));
  if (!versions(context.cloud).delete(context.region, versionKey(name, version))) throw functionNotFound(`${arn}:${version}`);
}

export const listFunctions = operation("lambda", "ListFunctions", ({ FunctionVersion, Marker, MaxItems }, context) => {
  check({ functionVersion: [FunctionVersion, { enum: ["ALL"] }] });
  const latest = functions(context.cloud).list(context.region);
  const all = latest.flatMap((of) => [
    { key: `${of.name}/`, shown: FunctionVersion === "ALL" ? described(of, "$LATEST", `${of.arn}:$LATEST`) : described(of) },
    ...(FunctionVersion === "ALL"
      ? versionsOf(context, of.name).map((one) => ({ key: versionKey(of.name, one.version), shown: shownVersion(one) }))
      : []),
  ]);
  const { items, next } = lambdaPage(
    all.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    { Marker, MaxItems },
    ({ key }) => key,
  );
  return { Functions: items.map(({ shown }) => shown), ...next };
});

export const putFunctionConcurrency = operation("lambda", "PutFunctionConcurrency", (input, context) => {
  const { ReservedConcurrentExecutions: reservedConcurrency } = input;
  check({ reservedConcurrentExecutions: [reservedConcurrency, { range: [0, 2_147_483_647] }] });
  const { name, qualifier } = functionName(input.FunctionName);
  if (qualifier !== undefined) {
    throw invalidValue(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    );
  }
  checkRegion(context, input.FunctionName);
  const all = functions(context.cloud).list(context.region);
  const found = all.find((one) => one.name === name);
  if (!found) throw functionNotFound(`${functionArn(context, name)}:$LATEST`);
  const others = all.reduce((sum, one) => sum + (one === found ? 0 : (one.reservedConcurrency ?? 0)), 0);
  if (limits.ConcurrentExecutions - others - reservedConcurrency < leastUnreserved) {
    throw invalidValue(
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${leastUnreserved}].`,
    );
  }
  keep(context, { ...found, reservedConcurrency });
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
