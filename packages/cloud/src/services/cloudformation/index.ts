/** AWS CloudFormation: its API over the engine in `src/cloudformation`. */
import { settling } from "./settling.ts";
import { answerCustomResource, longestAnswer } from "../../cloudformation/custom-resource.ts";
import { engineOf, resumeStacks } from "../../cloudformation/engine.ts";
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { describeAccountLimits } from "./operations/account.ts";
import { deleteChangeSet, describeChangeSet, executeChangeSet, listChangeSets } from "./operations/change-sets.ts";
import { createChangeSet } from "./operations/CreateChangeSet.ts";
import { createStack } from "./operations/CreateStack.ts";
import { deleteStack } from "./operations/DeleteStack.ts";
import { describeStacks, listStacks } from "./operations/describe-stacks.ts";
import {
  describeStackDriftDetectionStatus,
  describeStackResourceDrifts,
  detectStackDrift,
  detectStackResourceDrift,
} from "./operations/drift.ts";
import { listExports, listImports } from "./operations/exports.ts";
import { cancelUpdateStack, continueUpdateRollback, rollbackStack } from "./operations/rollbacks.ts";
import { describeEvents, describeStackEvents } from "./operations/stack-events.ts";
import { describeStackResource, describeStackResources, listStackResources } from "./operations/stack-resources.ts";
import { getStackPolicy, setStackPolicy, updateTerminationProtection } from "./operations/stack-settings.ts";
import { getTemplate, getTemplateSummary, validateTemplate } from "./operations/templates.ts";
import { describeType, listTypes } from "./operations/types.ts";
import { macro } from "./resources/Macro.ts";
import { stackResource } from "./resources/Stack.ts";
import { waitConditionHandle } from "./resources/WaitConditionHandle.ts";
import { updateStack } from "./operations/UpdateStack.ts";
import { readers } from "./resources/readers.ts";

interface Named {
  StackName?: string | undefined;
  ChangeSetName?: string | undefined;
  RoleARN?: string | undefined;
}

/** The action on the stack that the input names, and the right to pass the role that it gives. */
const onStack =
  (action: string) =>
  ({ StackName: name, ChangeSetName: changeSet, RoleARN: role }: Named, { region, account }: OperationContext): Authorization[] => [
    {
      action: `cloudformation:${action}`,
      resource: stackArn(name, `arn:aws:cloudformation:${region}:${account}:stack`) ?? (changeSet?.startsWith("arn:") ? changeSet : "*"),
    },
    ...(role === undefined
      ? []
      : [{ action: "iam:PassRole", resource: role, conditions: { "iam:PassedToService": "cloudformation.amazonaws.com" } }]),
  ];

/** Of a name only the last part of the ARN is not known: policies are written with a `*` there. */
const stackArn = (name: string | undefined, prefix: string) =>
  name === undefined || name.startsWith("arn:") ? name : `${prefix}/${name}/*`;

export const cloudformation = defineService({
  id: "cloudformation",
  operations: {
    CancelUpdateStack: cancelUpdateStack,
    ContinueUpdateRollback: continueUpdateRollback,
    CreateChangeSet: createChangeSet,
    CreateStack: settling(createStack),
    DeleteChangeSet: deleteChangeSet,
    DeleteStack: settling(deleteStack),
    DescribeAccountLimits: describeAccountLimits,
    DescribeChangeSet: describeChangeSet,
    DescribeEvents: describeEvents,
    DescribeStackDriftDetectionStatus: describeStackDriftDetectionStatus,
    DescribeStackEvents: describeStackEvents,
    DescribeStackResource: describeStackResource,
    DescribeStackResourceDrifts: describeStackResourceDrifts,
    DescribeStackResources: describeStackResources,
    DescribeStacks: describeStacks,
    DescribeType: describeType,
    DetectStackDrift: detectStackDrift,
    DetectStackResourceDrift: detectStackResourceDrift,
    ExecuteChangeSet: settling(executeChangeSet),
    GetStackPolicy: getStackPolicy,
    GetTemplate: getTemplate,
    GetTemplateSummary: getTemplateSummary,
    ListChangeSets: listChangeSets,
    ListExports: listExports,
    ListImports: listImports,
    ListStackResources: listStackResources,
    ListStacks: listStacks,
    ListTypes: listTypes,
    RollbackStack: rollbackStack,
    SetStackPolicy: setStackPolicy,
    UpdateStack: settling(updateStack),
    UpdateTerminationProtection: updateTerminationProtection,
    ValidateTemplate: validateTemplate,
  },
  authorize: {
    CancelUpdateStack: onStack("CancelUpdateStack"),
    ContinueUpdateRollback: onStack("ContinueUpdateRollback"),
    CreateChangeSet: onStack("CreateChangeSet"),
    CreateStack: onStack("CreateStack"),
    DeleteChangeSet: onStack("DeleteChangeSet"),
    DeleteStack: onStack("DeleteStack"),
    DescribeChangeSet: onStack("DescribeChangeSet"),
    DescribeEvents: onStack("DescribeEvents"),
    DescribeStackEvents: onStack("DescribeStackEvents"),
    DescribeStackResource: onStack("DescribeStackResource"),
    DescribeStackResourceDrifts: onStack("DescribeStackResourceDrifts"),
    DescribeStackResources: onStack("DescribeStackResources"),
    DescribeStacks: onStack("DescribeStacks"),
    DetectStackDrift: onStack("DetectStackDrift"),
    DetectStackResourceDrift: onStack("DetectStackResourceDrift"),
    ExecuteChangeSet: onStack("ExecuteChangeSet"),
    GetStackPolicy: onStack("GetStackPolicy"),
    GetTemplate: onStack("GetTemplate"),
    GetTemplateSummary: onStack("GetTemplateSummary"),
    ListChangeSets: onStack("ListChangeSets"),
    ListStackResources: onStack("ListStackResources"),
    RollbackStack: onStack("RollbackStack"),
    SetStackPolicy: onStack("SetStackPolicy"),
    UpdateStack: onStack("UpdateStack"),
    UpdateTerminationProtection: onStack("UpdateTerminationProtection"),
  },
  routes: {
    // Where the functions behind custom resources answer.
    "custom-resources": async (request, response, cloud) => {
      const id = /^\/_plinth\/custom-resources\/([0-9a-f]+)/u.exec(request.url ?? "")?.[1] ?? "";
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length;
        // What is too long is told to whoever waits; more of it than shows that need not be kept.
        if (sizeBytes <= 2 * longestAnswer) chunks.push(chunk);
      }
      try {
        const known = request.method === "PUT" && answerCustomResource(cloud, id, Buffer.concat(chunks).toString());
        response.writeHead(known ? 200 : 403).end();
      } catch {
        response.writeHead(400).end();
      }
    },
  },
  readers,
  resources: {
    "AWS::CloudFormation::Macro": macro,
    "AWS::CloudFormation::Stack": stackResource,
    "AWS::CloudFormation::WaitConditionHandle": waitConditionHandle,
  },
  start: resumeStacks,
  stop: (cloud) => engineOf(cloud).halt(),
  reset: (cloud) => engineOf(cloud).halt(),
});
