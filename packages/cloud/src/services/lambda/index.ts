/** AWS Lambda in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { readArchive, sweepCode } from "./code.ts";
import { functionArn, functionName, functions } from "./function.ts";
import { endInvocations } from "./invocation.ts";
import * as functionOperations from "./operations/functions.ts";
import { invokeFunction } from "./operations/invoking.ts";
import * as permissions from "./operations/permissions.ts";
import * as tags from "./operations/tags.ts";
import { functionPolicy } from "./policy.ts";
import { lambdaFunction } from "./resources/Function.ts";
import { lambdaPermission } from "./resources/Permission.ts";
import { readers } from "./resources/readers.ts";

interface Named {
  FunctionName?: string | undefined;
  Resource?: string | undefined;
  Role?: string | undefined;
}

/** The action on the function that the input names, in view of the function's own policy. */
const on =
  (action: string) =>
  (input: Named, context: OperationContext): Authorization[] => {
    const { name } = functionName(input.FunctionName ?? input.Resource ?? "");
    const found = functions(context.cloud).get(context.region, name);
    return [
      {
        action: `lambda:${action}`,
        resource: functionArn(context, name),
        resourcePolicy: found && functionPolicy(found),
        ...(found && {
          conditions: Object.fromEntries(Object.entries(found.tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
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
    CreateFunction: functionOperations.createFunction,
    DeleteFunction: functionOperations.deleteFunction,
    DeleteFunctionConcurrency: functionOperations.deleteFunctionConcurrency,
    GetFunction: functionOperations.getFunction,
    GetFunctionConcurrency: functionOperations.getFunctionConcurrency,
    GetFunctionConfiguration: functionOperations.getFunctionConfiguration,
    GetPolicy: permissions.getPolicy,
    Invoke: invokeFunction,
    ListFunctions: functionOperations.listFunctions,
    ListTags: tags.listTags,
    PutFunctionConcurrency: functionOperations.putFunctionConcurrency,
    RemovePermission: permissions.removePermission,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateFunctionCode: functionOperations.updateFunctionCode,
    UpdateFunctionConfiguration: functionOperations.updateFunctionConfiguration,
  },
  // ListFunctions has no resource level: it asks for `*`.
  authorize: {
    AddPermission: on("AddPermission"),
    CreateFunction: on("CreateFunction"),
    DeleteFunction: on("DeleteFunction"),
    DeleteFunctionConcurrency: on("DeleteFunctionConcurrency"),
    GetFunction: on("GetFunction"),
    GetFunctionConcurrency: on("GetFunctionConcurrency"),
    GetFunctionConfiguration: on("GetFunctionConfiguration"),
    GetPolicy: on("GetPolicy"),
    Invoke: on("InvokeFunction"),
    ListTags: on("ListTags"),
    PutFunctionConcurrency: on("PutFunctionConcurrency"),
    RemovePermission: on("RemovePermission"),
    TagResource: on("TagResource"),
    UntagResource: on("UntagResource"),
    UpdateFunctionCode: on("UpdateFunctionCode"),
    UpdateFunctionConfiguration: on("UpdateFunctionConfiguration"),
  },
  readers,
  resources: { "AWS::Lambda::Function": lambdaFunction, "AWS::Lambda::Permission": lambdaPermission },
  routes: {
    // Where GetFunction says that the code lies.
    lambda: async (request, response, cloud) => {
      const [, , , region = "", name = ""] = (request.url ?? "").split("?")[0]!.split("/");
      const found = functions(cloud).get(region, decodeURIComponent(name));
      if (!found) return void response.writeHead(404).end();
      const archive = await readArchive({ cloud, account: cloud.account, region }, found);
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
