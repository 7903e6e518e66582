/** AWS Lambda in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { readArchive, sweepCode } from "./code.ts";
import { functionArn, functionName, functions } from "./function.ts";
import { findQualified } from "./qualified.ts";
import { endInvocations } from "./invocation.ts";
import * as account from "./operations/account.ts";
import * as aliasOperations from "./operations/aliases.ts";
import * as functionOperations from "./operations/functions.ts";
import { invokeFunction } from "./operations/invoking.ts";
import * as permissions from "./operations/permissions.ts";
import * as tags from "./operations/tags.ts";
import * as versionOperations from "./operations/versions.ts";
import { functionPolicy } from "./policy.ts";
import { lambdaFunction } from "./resources/Function.ts";
import { lambdaPermission } from "./resources/Permission.ts";
import { readers } from "./resources/readers.ts";

interface Named {
  FunctionName?: string | undefined;
  Resource?: string | undefined;
  Qualifier?: string | undefined;
  Role?: string | undefined;
}

/** The action on the function that the input names, in view of the function's own policy. */
const on =
  (action: string) =>
  (input: Named, context: OperationContext): Authorization[] => {
    const given = input.FunctionName ?? input.Resource ?? "";
    const { name, qualifier } = functionName(given, input.Qualifier);
    const found = findQualified(context, given, input.Qualifier);
    return [
      {
        action: `lambda:${action}`,
        resource: qualifier === undefined ? functionArn(context, name) : `${functionArn(context, name)}:${qualifier}`,
        resourcePolicy: found && functionPolicy(found),
        ...(found && {
          conditions: Object.fromEntries(
            Object.entries(functions(context.cloud).get(context.region, name)?.tags ?? {}).map(([key, value]) => [
              `aws:ResourceTag/${key}`,
              value,
            ]),
          ),
        }),
      },
      ...(input.Role === undefined
        ? []
        : [{ action: "iam:PassRole", resource: input.Role, conditions: { "iam:PassedToService": "lambda.amazonaws.com" } }]),
    ];
  };

export const lambda = defineService({
  id: "lambda",
  operations: {
    AddPermission: permissions.addPermission,
    CreateAlias: aliasOperations.createAlias,
    CreateFunction: functionOperations.createFunction,
    DeleteAlias: aliasOperations.deleteAlias,
    DeleteFunction: functionOperations.deleteFunction,
    DeleteFunctionConcurrency: functionOperations.deleteFunctionConcurrency,
    GetAccountSettings: account.getAccountSettings,
    GetAlias: aliasOperations.getAlias,
    GetFunction: functionOperations.getFunction,
    GetFunctionCodeSigningConfig: account.getFunctionCodeSigningConfig,
    GetFunctionConcurrency: functionOperations.getFunctionConcurrency,
    GetFunctionConfiguration: functionOperations.getFunctionConfiguration,
    GetPolicy: permissions.getPolicy,
    Invoke: invokeFunction,
    ListAliases: aliasOperations.listAliases,
    ListFunctions: functionOperations.listFunctions,
    ListTags: tags.listTags,
    ListVersionsByFunction: versionOperations.listVersionsByFunction,
    PublishVersion: versionOperations.publishVersion,
    PutFunctionConcurrency: functionOperations.putFunctionConcurrency,
    RemovePermission: permissions.removePermission,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateAlias: aliasOperations.updateAlias,
    UpdateFunctionCode: functionOperations.updateFunctionCode,
    UpdateFunctionConfiguration: functionOperations.updateFunctionConfiguration,
  },
  // GetAccountSettings and ListFunctions have no resource level: they ask for `*`.
  authorize: {
    AddPermission: on("AddPermission"),
    CreateAlias: on("CreateAlias"),
    CreateFunction: on("CreateFunction"),
    DeleteAlias: on("DeleteAlias"),
    DeleteFunction: on("DeleteFunction"),
    DeleteFunctionConcurrency: on("DeleteFunctionConcurrency"),
    GetAlias: on("GetAlias"),
    GetFunction: on("GetFunction"),
    GetFunctionCodeSigningConfig: on("GetFunctionCodeSigningConfig"),
    GetFunctionConcurrency: on("GetFunctionConcurrency"),
    GetFunctionConfiguration: on("GetFunctionConfiguration"),
    GetPolicy: on("GetPolicy"),
    Invoke: on("InvokeFunction"),
    ListAliases: on("ListAliases"),
    ListTags: on("ListTags"),
    ListVersionsByFunction: on("ListVersionsByFunction"),
    PublishVersion: on("PublishVersion"),
    PutFunctionConcurrency: on("PutFunctionConcurrency"),
    RemovePermission: on("RemovePermission"),
    TagResource: on("TagResource"),
    UntagResource: on("UntagResource"),
    UpdateAlias: on("UpdateAlias"),
    UpdateFunctionCode: on("UpdateFunctionCode"),
    UpdateFunctionConfiguration: on("UpdateFunctionConfiguration"),
  },
  readers,
  resources: { "AWS::Lambda::Function": lambdaFunction, "AWS::Lambda::Permission": lambdaPermission },
  routes: {
    // Where GetFunction says that the code lies.
    lambda: async (request, response, cloud) => {
      const [, , , region = "", name = "", version] = (request.url ?? "").split("?")[0]!.split("/").map(decodeURIComponent);
      const place = { cloud, account: cloud.account, region };
      const found = findQualified(place, name, version);
      if (!found) return void response.writeHead(404).end();
      const archive = await readArchive(place, found.of);
      response.writeHead(200, { "content-type": "application/zip", "content-length": archive.length }).end(archive);
    },
  },
  start: async (cloud) => {
    await cloud.world.disk.files.rm(cloud.world.disk.path("lambda", "invocations"), { recursive: true, force: true });
    await sweepCode(cloud);
  },
  stop: (cloud) => endInvocations(cloud),
  reset: async (cloud) => {
    await endInvocations(cloud);
    await cloud.world.disk.files.rm(cloud.world.disk.path("lambda"), { recursive: true, force: true });
  },
});
