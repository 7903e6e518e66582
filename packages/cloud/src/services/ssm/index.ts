/** Systems Manager in the embedded cloud: Parameter Store. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { deleteParameter, deleteParameters } from "./operations/deleting.ts";
import { labelParameterVersion, unlabelParameterVersion } from "./operations/labels.ts";
import { putParameter } from "./operations/PutParameter.ts";
import { describeParameters, getParameter, getParameterHistory, getParameters, getParametersByPath } from "./operations/reading.ts";
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from "./operations/tags.ts";
import { parameterArn } from "./parameters.ts";
import { parameter } from "./resources/Parameter.ts";

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
    GetParameter: getParameter,
    GetParameterHistory: getParameterHistory,
    GetParameters: getParameters,
    GetParametersByPath: getParametersByPath,
    LabelParameterVersion: labelParameterVersion,
    ListTagsForResource: listTagsForResource,
    PutParameter: putParameter,
    RemoveTagsFromResource: removeTagsFromResource,
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
    UnlabelParameterVersion: on("UnlabelParameterVersion"),
  },
  resources: { "AWS::SSM::Parameter": parameter },
});
