/** What of an event a target gets: all of it, a part, a constant, or a text made of its parts. Source: EventBridge User Guide, "Input transformation". */
import type { Target } from "@aws-sdk/client-eventbridge";
import type { Invocation } from "./invocation.ts";
import { valueAt } from "./json-path.ts";

/** `undefined` where the target gets nothing: a task whose rule gives no input. */
export function inputFor(target: Target, invocation: Pick<Invocation, "event" | "ruleArn" | "rule" | "acceptedMs">): string | undefined {
  const { event } = invocation;
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(valueAt(event, target.InputPath) ?? null);
  if (target.InputTransformer) return transformed(target.InputTransformer, invocation);
  return target.EcsParameters ? undefined : JSON.stringify(event);
}

function transformed(
  { InputPathsMap = {}, InputTemplate = "" }: NonNullable<Target["InputTransformer"]>,
  { event, ruleArn, rule, acceptedMs }: Pick<Invocation, "event" | "ruleArn" | "rule" | "acceptedMs">,
): string {
  const values: Record<string, unknown> = {
    "aws.events.rule-arn": ruleArn,
    "aws.events.rule-name": rule,
    "aws.events.event.ingestion-time": new Date(acceptedMs).toISOString(),
    "aws.events.event": withoutDetail(event),
    "aws.events.event.json": event,
    ...Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, valueAt(event, path)])),
  };
  // A template that is one string stays one; in all others a value outside of quotes is JSON.
  const plain = !InputTemplate.trimStart().startsWith("{");
  return InputTemplate.replace(/<([\w.-]+)>/gu, (_whole, name: string, at: number) => {
    const value = values[name];
    if (plain) return value === undefined ? "" : plainText(value);
    // What is not in the event is an empty text, so that the JSON stays whole.
    if (!insideString(InputTemplate, at)) return JSON.stringify(value ?? "");
    if (value === undefined) return "";
    return JSON.stringify(typeof value === "string" ? value : JSON.stringify(value)).slice(1, -1);
  });
}

/** In a string an object loses its quotation marks, as on AWS. */
const plainText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', ""));

/** As `<aws.events.event>` has it: AWS's own names, not the event's. */
const withoutDetail = ({ id, account, "detail-type": detailType, time, source, region, resources, version }: Invocation["event"]) => ({
  id,
  account,
  detailType,
  time,
  source,
  region,
  resources,
  version,
});

/** Whether a place in JSON text lies between quotation marks. */
function insideString(text: string, at: number): boolean {
  let inside = false;
  for (let index = 0; index < at; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === '"') inside = !inside;
  }
  return inside;
}
