/** What stands of an app's stage: its stacks, with their parameters, outputs and templates. */
import { parseTemplate, type Template } from "@plinth/cloudformation";
import type { Assembly, Layer } from "@plinth/compiler";
import { isAwsError, type Aws, type Output } from "../aws.ts";

export interface DeployedStack {
  name: string;
  /** The ARN; another after the stack was deleted and made again. */
  id: string;
  layer: Layer | undefined;
  region: string;
  status: string;
  statusReason?: string;
  parameters: Record<string, string>;
  outputs: Record<string, string>;
  tags: Record<string, string>;
}

export async function describeStack(aws: Aws, name: string): Promise<DeployedStack | undefined> {
  try {
    const { Stacks = [] } = await aws.call("cloudformation", "DescribeStacks", { StackName: name });
    const [stack] = Stacks;
    return stack && stack.StackStatus !== "DELETE_COMPLETE" ? fromDescription(aws, stack) : undefined;
  } catch (error) {
    if (isMissingStack(error)) return undefined;
    throw error;
  }
}

/** All stacks of an app's stage, by their tags: also of layers that the app no longer has. */
export async function describeStage(aws: Aws, { app, stage, stacks }: Assembly): Promise<Map<string, DeployedStack>> {
  // What stands before CloudFront lies in us-east-1, wherever the app is.
  const regions = new Set([aws.region, ...stacks.map(({ region }) => region), "us-east-1"]);
  const all = await Promise.all([...regions].map((region) => describeStageIn(aws.in(region), app, stage)));
  return new Map(all.flatMap((found) => [...found]));
}

async function describeStageIn(aws: Aws, app: string, stage: string): Promise<Map<string, DeployedStack>> {
  const found = new Map<string, DeployedStack>();
  let NextToken: string | undefined;
  do {
    const page = await aws.call("cloudformation", "DescribeStacks", { NextToken });
    for (const description of page.Stacks ?? []) {
      if (description.StackStatus === "DELETE_COMPLETE") continue;
      const stack = fromDescription(aws, description);
      const ours = stack.tags["plinth:app"] === app && stack.tags["plinth:stage"] === stage;
      if (ours) found.set(stack.name, stack);
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

export async function deployedTemplate(aws: Aws, name: string): Promise<Template | undefined> {
  try {
    const { TemplateBody } = await aws.call("cloudformation", "GetTemplate", { StackName: name, TemplateStage: "Original" });
    return TemplateBody ? parseTemplate(TemplateBody) : undefined;
  } catch (error) {
    if (isMissingStack(error)) return undefined;
    throw error;
  }
}

export const isMissingStack = (error: unknown) => isAwsError(error, "ValidationError") && /does not exist/.test(error.message);

/** Whether a stack stands: its resources are there and can be updated. */
export const isStanding = (stack: DeployedStack | undefined): stack is DeployedStack =>
  stack !== undefined && !isRemnant(stack.status) && stack.status !== "DELETE_IN_PROGRESS";

/** What an update cannot take up: it is deleted before the stack is made again. */
export const isRemnant = (status: string) =>
  ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "CREATE_FAILED", "DELETE_FAILED"].includes(status);

export const isInProgress = (status: string) => status.endsWith("_IN_PROGRESS") && status !== "REVIEW_IN_PROGRESS";

type StackDescription = NonNullable<Output<"cloudformation", "DescribeStacks">["Stacks"]>[number];

function fromDescription(aws: Aws, stack: StackDescription): DeployedStack {
  const tags = Object.fromEntries((stack.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  return {
    name: stack.StackName ?? "",
    id: stack.StackId ?? "",
    layer: tags["plinth:layer"] as Layer | undefined,
    region: aws.region,
    status: stack.StackStatus ?? "",
    ...(stack.StackStatusReason === undefined ? {} : { statusReason: stack.StackStatusReason }),
    parameters: Object.fromEntries(
      (stack.Parameters ?? []).map(({ ParameterKey = "", ParameterValue = "" }) => [ParameterKey, ParameterValue]),
    ),
    outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue])),
    tags,
  };
}
