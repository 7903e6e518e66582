/** AWS Lambda in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import type { Cloud } from "../../cloud.ts";
import { startAsyncCalls, stopAsyncCalls } from "./async-calls.ts";
import { readArchive, sweepCode } from "./code.ts";
import { eventSourceMappings, mappingArn } from "./event-source-mapping.ts";
import { functionArn, functionName, functions } from "./function.ts";
import { findQualified } from "./qualified.ts";
import { endInvocations } from "./invocation.ts";
import * as account from "./operations/account.ts";
import * as aliasOperations from "./operations/aliases.ts";
import * as asynchronous from "./operations/event-invoke-configs.ts";
import * as mappings from "./operations/event-source-mappings.ts";
import * as functionOperations from "./operations/functions.ts";
import { invokeFunction } from "./operations/invoking.ts";
import * as permissions from "./operations/permissions.ts";
import * as tags from "./operations/tags.ts";
import * as versionOperations from "./operations/versions.ts";
import { functionPolicy } from "./policy.ts";
import { startPolling, stopPolling } from "./queue-polling.ts";
import { lambdaAlias } from "./resources/Alias.ts";
import { lambdaEventInvokeConfig } from "./resources/EventInvokeConfig.ts";
import { lambdaEventSourceMapping } from "./resources/EventSourceMapping.ts";
import { lambdaFunction } from "./resources/Function.ts";
import { lambdaPermission } from "./resources/Permission.ts";
import { lambdaVersion } from "./resources/Version.ts";
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
    if (given.includes(":event-source-mapping:")) return [{ action: `lambda:${action}`, resource: given }];
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

/** The action on a mapping, in view of the function that it is for. Making one asks for any: it has no name yet. */
const onMapping =
  (action: string) =>
  (
    { UUID, FunctionName }: { UUID?: string | undefined; FunctionName?: string | undefined },
    context: OperationContext,
  ): Authorization[] => {
    const found = UUID === undefined ? undefined : eventSourceMappings(context.cloud).get(context.region, UUID);
    const given = FunctionName ?? found?.functionArn;
    return [
      {
        action: `lambda:${action}`,
        resource: UUID === undefined ? "*" : mappingArn(context, UUID),
        ...(given !== undefined && { conditions: { "lambda:FunctionArn": functionArn(context, functionName(given).name) } }),
      },
    ];
  };

async function endWork(cloud: Cloud): Promise<void> {
  const ended = [stopAsyncCalls(cloud), stopPolling(cloud)];
  await endInvocations(cloud);
  await Promise.all(ended);
}

export const lambda = defineService({
  id: "lambda",
  operations: {
    AddPermission: permissions.addPermission,
    CreateAlias: aliasOperations.createAlias,
    CreateEventSourceMapping: mappings.createEventSourceMapping,
    CreateFunction: functionOperations.createFunction,
    DeleteAlias: aliasOperations.deleteAlias,
    DeleteEventSourceMapping: mappings.deleteEventSourceMapping,
    DeleteFunction: functionOperations.deleteFunction,
    DeleteFunctionConcurrency: functionOperations.deleteFunctionConcurrency,
    DeleteFunctionEventInvokeConfig: asynchronous.deleteFunctionEventInvokeConfig,
    GetAccountSettings: account.getAccountSettings,
    GetAlias: aliasOperations.getAlias,
    GetEventSourceMapping: mappings.getEventSourceMapping,
    GetFunction: functionOperations.getFunction,
    GetFunctionCodeSigningConfig: account.getFunctionCodeSigningConfig,
    GetFunctionConcurrency: functionOperations.getFunctionConcurrency,
    GetFunctionConfiguration: functionOperations.getFunctionConfiguration,
    GetFunctionEventInvokeConfig: asynchronous.getFunctionEventInvokeConfig,
    GetPolicy: permissions.getPolicy,
    Invoke: invokeFunction,
    ListAliases: aliasOperations.listAliases,
    ListEventSourceMappings: mappings.listEventSourceMappings,
    ListFunctionEventInvokeConfigs: asynchronous.listFunctionEventInvokeConfigs,
    ListFunctions: functionOperations.listFunctions,
    ListTags: tags.listTags,
    ListVersionsByFunction: versionOperations.listVersionsByFunction,
    PublishVersion: versionOperations.publishVersion,
    PutFunctionConcurrency: functionOperations.putFunctionConcurrency,
    PutFunctionEventInvokeConfig: asynchronous.putFunctionEventInvokeConfig,
    RemovePermission: permissions.removePermission,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateAlias: aliasOperations.updateAlias,
    UpdateEventSourceMapping: mappings.updateEventSourceMapping,
    UpdateFunctionCode: functionOperations.updateFunctionCode,
    UpdateFunctionConfiguration: functionOperations.updateFunctionConfiguration,
    UpdateFunctionEventInvokeConfig: asynchronous.updateFunctionEventInvokeConfig,
  },
  // GetAccountSettings, ListEventSourceMappings and ListFunctions have no resource level: they ask for `*`.
  authorize: {
    AddPermission: on("AddPermission"),
    CreateAlias: on("CreateAlias"),
    CreateEventSourceMapping: onMapping("CreateEventSourceMapping"),
    CreateFunction: on("CreateFunction"),
    DeleteAlias: on("DeleteAlias"),
    DeleteEventSourceMapping: onMapping("DeleteEventSourceMapping"),
    DeleteFunction: on("DeleteFunction"),
    DeleteFunctionConcurrency: on("DeleteFunctionConcurrency"),
    DeleteFunctionEventInvokeConfig: on("DeleteFunctionEventInvokeConfig"),
    GetAlias: on("GetAlias"),
    GetEventSourceMapping: onMapping("GetEventSourceMapping"),
    GetFunction: on("GetFunction"),
    GetFunctionCodeSigningConfig: on("GetFunctionCodeSigningConfig"),
    GetFunctionConcurrency: on("GetFunctionConcurrency"),
    GetFunctionConfiguration: on("GetFunctionConfiguration"),
    GetFunctionEventInvokeConfig: on("GetFunctionEventInvokeConfig"),
    GetPolicy: on("GetPolicy"),
    Invoke: on("InvokeFunction"),
    ListAliases: on("ListAliases"),
    ListFunctionEventInvokeConfigs: on("ListFunctionEventInvokeConfigs"),
    ListTags: on("ListTags"),
    ListVersionsByFunction: on("ListVersionsByFunction"),
    PublishVersion: on("PublishVersion"),
    PutFunctionConcurrency: on("PutFunctionConcurrency"),
    PutFunctionEventInvokeConfig: on("PutFunctionEventInvokeConfig"),
    RemovePermission: on("RemovePermission"),
    TagResource: on("TagResource"),
    UntagResource: on("UntagResource"),
    UpdateAlias: on("UpdateAlias"),
    UpdateEventSourceMapping: onMapping("UpdateEventSourceMapping"),
    UpdateFunctionCode: on("UpdateFunctionCode"),
    UpdateFunctionConfiguration: on("UpdateFunctionConfiguration"),
    UpdateFunctionEventInvokeConfig: on("UpdateFunctionEventInvokeConfig"),
  },
  readers,
  resources: {
    "AWS::Lambda::Alias": lambdaAlias,
    "AWS::Lambda::EventInvokeConfig": lambdaEventInvokeConfig,
    "AWS::Lambda::EventSourceMapping": lambdaEventSourceMapping,
    "AWS::Lambda::Function": lambdaFunction,
    "AWS::Lambda::Permission": lambdaPermission,
    "AWS::Lambda::Version": lambdaVersion,
  },
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
    startAsyncCalls(cloud);
    startPolling(cloud);
  },
  stop: endWork,
  reset: async (cloud) => {
    await endWork(cloud);
    await cloud.world.disk.files.rm(cloud.world.disk.path("lambda"), { recursive: true, force: true });
  },
});
