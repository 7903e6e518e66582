/** Calling a function: Invoke. */
import { operation } from "../../../service.ts";
import { accept } from "../async-calls.ts";
import { check, fault, functionNotFound } from "../errors.ts";
import { functionArn, functionName } from "../function.ts";
import { invoke } from "../invocation.ts";
import { findQualified } from "../qualified.ts";

const limitsBytes = { RequestResponse: 6_291_556, DryRun: 6_291_556, Event: 1_048_576 };

export const invokeFunction = operation("lambda", "Invoke", async (input, context) => {
  const { InvocationType = "RequestResponse", LogType } = input;
  check({
    invocationType: [InvocationType, { enum: ["Event", "RequestResponse", "DryRun"] }],
    logType: [LogType, { enum: ["None", "Tail"] }],
  });
  const found = findQualified(context, input.FunctionName, input.Qualifier);
  if (!found) {
    const { name, qualifier = "$LATEST" } = functionName(input.FunctionName, input.Qualifier);
    throw functionNotFound(`${functionArn(context, name)}:${qualifier}`);
  }
  const event = Buffer.from((input.Payload as Uint8Array | undefined) ?? new Uint8Array());
  const limitBytes = limitsBytes[InvocationType];
  if (event.length > limitBytes) {
    throw fault(
      "RequestTooLargeException",
      `${event.length} byte payload is too large for the ${InvocationType} invocation type (limit ${limitBytes} bytes)`,
      413,
    );
  }
  if (event.length > 0) checkJson(event);
  const clientContext = input.ClientContext === undefined ? undefined : clientContextOf(input.ClientContext);
  if (InvocationType === "DryRun") return { StatusCode: 204 };
  if (InvocationType === "Event") {
    const { qualifier } = functionName(input.FunctionName, input.Qualifier);
    const payload = event.toString("base64");
    accept(context, { id: context.requestId, functionName: found.of.name, ...(qualifier !== undefined && { qualifier }), payload });
    return { StatusCode: 202, Payload: new Uint8Array() as never };
  }
  const answer = await invoke(context, found, context.requestId, event, clientContext);
  return {
    StatusCode: 200,
    ExecutedVersion: found.version,
    Payload: answer.payload as never,
    ...(answer.functionError && { FunctionError: answer.functionError }),
    ...(LogType === "Tail" && { LogResult: answer.logTail.toString("base64") }),
  };
});

function checkJson(event: Buffer): void {
  try {
    JSON.parse(event.toString("utf8"));
  } catch (error) {
    throw fault("InvalidRequestContentException", `Could not parse request body into json: ${(error as Error).message}`, 400);
  }
}

/** What a caller tells of itself; who does not wait for the answer tells it in vain, as on AWS. */
function clientContextOf(text: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString("utf8"));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Refused like any other value that is no object.
  }
  throw fault("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.", 400);
}
