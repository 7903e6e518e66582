/** Calling a function: Invoke. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { check, refused } from "../errors.ts";
import { invoke } from "../invocation.ts";
import { qualified } from "../qualified.ts";

const requestLimitBytes = 6_291_556;

export const invokeFunction = operation("lambda", "Invoke", async (input, context) => {
  const { InvocationType = "RequestResponse", LogType } = input;
  check({
    invocationType: [InvocationType, { enum: ["Event", "RequestResponse", "DryRun"] }],
    logType: [LogType, { enum: ["None", "Tail"] }],
  });
  const found = qualified(context, input.FunctionName, input.Qualifier);
  const event = Buffer.from((input.Payload as Uint8Array | undefined) ?? new Uint8Array());
  if (event.length > requestLimitBytes) {
    throw new AwsError(
      "RequestTooLargeException",
      `${event.length} byte payload is too large for the RequestResponse invocation type (limit ${requestLimitBytes} bytes)`,
      413,
    );
  }
  if (event.length > 0) checkJson(event);
  if (InvocationType === "DryRun") return { StatusCode: 204 };
  if (InvocationType === "Event") throw refused("asynchronous invocations (InvocationType Event), only RequestResponse and DryRun");
  const answer = await invoke(context, found, context.requestId, event);
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
    throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${(error as Error).message}`, 400);
  }
}
