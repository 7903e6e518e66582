/**
 * Macros: the functions that `AWS::CloudFormation::Macro` gives a name, and how one is asked. Source: AWS CloudFormation User Guide, "Perform
 * custom processing on CloudFormation templates with template macros".
 */
import { AwsError } from "../../aws-error.ts";
import type { OperationContext } from "../../service.ts";
import type { Store } from "../../store.ts";

export interface MacroRecord {
  name: string;
  /** Name or ARN. */
  functionName: string;
  description?: string;
  /** Of the resource that made it: after a crash it knows its own by it. */
  token: string;
}

/** By region and name. */
export const macros = (store: Store) => store.collection<MacroRecord>("cloudformation.macro");

/** A transform did not give what was asked of it: the operation is turned back, in these words. */
export class TransformFailed extends Error {}

export interface MacroRequest {
  fragment: unknown;
  /** What the transform declares as its Parameters, functions resolved. */
  params: Record<string, unknown>;
  templateParameterValues: Record<string, unknown>;
}

/** What the macro makes of the fragment. Its function is called with the rights of the stack's caller. @throws TransformFailed */
export async function askMacro({ name, functionName }: MacroRecord, request: MacroRequest, context: OperationContext): Promise<unknown> {
  const { cloud, account, region } = context;
  const transformId = `${account}::${name}`;
  const requestId = cloud.world.random.uuid();
  const event = { accountId: account, ...request, transformId, requestId, region };
  let text: string;
  try {
    const { Payload, FunctionError } = await context.call("lambda", "Invoke", {
      FunctionName: functionName,
      Payload: Buffer.from(JSON.stringify(event)),
    });
    text = FunctionError === undefined ? Buffer.from((Payload as Uint8Array | undefined) ?? []).toString() : "";
  } catch (error) {
    if (error instanceof AwsError) throw new TransformFailed(`Transform ${transformId} failed with: ${error.message}`);
    throw error;
  }
  const answer = answerOf(text);
  if (!answer || answer.requestId !== requestId || typeof answer.status !== "string")
    throw new TransformFailed(`Received malformed response from transform ${transformId}`);
  if (answer.status.toLowerCase() !== "success") {
    const { errorMessage } = answer;
    throw new TransformFailed(
      `Transform ${transformId} failed ${errorMessage ? `with: ${String(errorMessage)}` : "without an error message."}`,
    );
  }
  if (answer.fragment === undefined) throw new TransformFailed(`Received malformed response from transform ${transformId}`);
  return answer.fragment;
}

type Answer = Record<"requestId" | "status" | "fragment" | "errorMessage", unknown>;

function answerOf(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}
