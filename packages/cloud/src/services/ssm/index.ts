/** Systems Manager in the embedded cloud: Parameter Store, and sessions. README.md says what is real, recorded and refused. */
import { serveDataChannel } from "../../runtime/sessions/data-channel.ts";
import { endSessions, startSessions } from "../../runtime/sessions/sessions.ts";
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { deleteParameter, deleteParameters } from "./operations/deleting.ts";
import { labelParameterVersion, unlabelParameterVersion } from "./operations/labels.ts";
import { putParameter } from "./operations/PutParameter.ts";
import { describeParameters, getParameter, getParameterHistory, getParameters, getParametersByPath } from "./operations/reading.ts";
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from "./operations/tags.ts";
import { describeSessions, resumeSession, startSession, terminateSession } from "./operations/sessions.ts";
import { parameterArn } from "./parameters.ts";
import { parameter } from "./resources/Parameter.ts";
import { readers } from "./resources/readers.ts";

/** `ssm:ACTION` on each parameter that the call names, selectors left out. */
const on =
  (action: string) =>
  (
    input: { Name?: string | undefined; Names?: string[] | undefined; Path?: string | undefined; ResourceId?: string | undefined },
    { account, region }: OperationContext,
  ): Authorization[] =>
    (input.Names ?? [input.Name ?? input.Path ?? input.ResourceId ?? "*"]).map((name) => ({
      action: `ssm:${action}`,
      resource: name.startsWith("arn:") ? name.split(":").slice(0, 6).join(":") : parameterArn(account, region, name.split(":")[0]!),
    }));

export const ssm = defineService({
  id: "ssm",
  operations: {
    AddTagsToResource: addTagsToResource,
    DeleteParameter: deleteParameter,
    DeleteParameters: deleteParameters,
    DescribeParameters: describeParameters,
    DescribeSessions: describeSessions,
    GetParameter: getParameter,
    GetParameterHistory: getParameterHistory,
    GetParameters: getParameters,
    GetParametersByPath: getParametersByPath,
    LabelParameterVersion: labelParameterVersion,
    ListTagsForResource: listTagsForResource,
    PutParameter: putParameter,
    RemoveTagsFromResource: removeTagsFromResource,
    ResumeSession: resumeSession,
    StartSession: startSession,
    TerminateSession: terminateSession,
    UnlabelParameterVersion: unlabelParameterVersion,
  },
  authorize: {
    AddTagsToResource: on("AddTagsToResource"),
    DeleteParameter: on("DeleteParameter"),
    DeleteParameters: on("DeleteParameters"),
    GetParameter: on("GetParameter"),
    GetParameterHistory: on("GetParameterHistory"),
    GetParameters: on("GetParameters"),
    GetParametersByPath: on("GetParametersByPath"),
    LabelParameterVersion: on("LabelParameterVersion"),
    ListTagsForResource: on("ListTagsForResource"),
    PutParameter: on("PutParameter"),
    RemoveTagsFromResource: on("RemoveTagsFromResource"),
    StartSession: ({ Target, DocumentName }, { account, region }) => {
      const [, cluster, task] = /^ecs:(.+)_([0-9a-f]{32})_[\w-]+$/.exec(Target) ?? [];
      const target =
        cluster === undefined
          ? `arn:aws:ssm:${region}:${account}:managed-instance/${Target}`
          : `arn:aws:ecs:${region}:${account}:task/${cluster}/${task}`;
      const document =
        DocumentName === undefined
          ? []
          : [`arn:aws:ssm:${region}${DocumentName.startsWith("AWS-") ? "::" : `:${account}:`}document/${DocumentName}`];
      return [target, ...document].map((resource) => ({ action: "ssm:StartSession", resource }));
    },
    ResumeSession: ({ SessionId }, { account, region }) => [
      { action: "ssm:ResumeSession", resource: `arn:aws:ssm:${region}:${account}:session/${SessionId}` },
    ],
    TerminateSession: ({ SessionId }, { account, region }) => [
      { action: "ssm:TerminateSession", resource: `arn:aws:ssm:${region}:${account}:session/${SessionId}` },
    ],
    UnlabelParameterVersion: on("UnlabelParameterVersion"),
  },
  readers,
  resources: { "AWS::SSM::Parameter": parameter },
  upgrades: { "data-channel": serveDataChannel },
  start: startSessions,
  stop: endSessions,
  reset: endSessions,
});
