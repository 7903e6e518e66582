/** Where Lambda hands on what came of a call that nobody waits for: a queue, a topic, a bus or another function, as the function's role. */
import { decide } from "../../identity/authorize.ts";
import { sessionOf } from "../../identity/assume-role.ts";
import type { Call } from "../../service.ts";
import { invalidValue, refused } from "./errors.ts";
import type { Place } from "./function.ts";
import { roleOf } from "./role.ts";

const actions = { sqs: "sqs:SendMessage", sns: "sns:Publish", lambda: "lambda:InvokeFunction", events: "events:PutEvents" } as const;
const names = { sqs: "SendMessage on SQS", sns: "Publish on SNS", lambda: "Invoke on Lambda", events: "PutEvents on EventBridge" } as const;

const serviceOf = (arn: string): keyof typeof actions | undefined => {
  const service = /^arn:[^:]+:([^:]+):/u.exec(arn)?.[1];
  return service !== undefined && Object.hasOwn(actions, service) ? (service as keyof typeof actions) : undefined;
};

/** @throws InvalidParameterValueException for what cannot be one, and where the role may not write there. */
export function checkDestination(place: Place, roleArn: string, arn: string, allowed: readonly (keyof typeof actions)[]): void {
  const service = serviceOf(arn);
  if (service === undefined && /^arn:[^:]+:(s3|kafka):/u.test(arn)) throw refused(`${arn.split(":")[2]} as a destination of functions`);
  if (service === undefined || !allowed.includes(service)) throw invalidValue(`The provided destination ${arn} is not supported.`);
  if (!mayCall(place, roleArn, actions[service], arn))
    throw invalidValue(`The provided execution role does not have permissions to call ${names[service]}`);
}

/** Whether a function's role allows it. */
export function mayCall(place: Place, roleArn: string, action: string, resource: string): boolean {
  const role = roleOf(place, roleArn);
  return (
    role !== undefined &&
    decide({ ...place, principal: sessionOf(place.cloud, role, "lambda") }, { action, resource }).outcome === "allowed"
  );
}

export interface Handed {
  body: string;
  /** Of the message, where it goes to a queue or a topic. */
  attributes?: Readonly<Record<string, { DataType: string; StringValue: string }>>;
  /** For a bus: what was called, and whether it succeeded. */
  about?: { functionArn: string; outcome: "Success" | "Failure" };
}

/** @throws AwsError */
export async function handOn(call: Call, { cloud }: Place, arn: string, { body, attributes = {}, about }: Handed): Promise<void> {
  const [, , , , account, name] = arn.split(":");
  switch (serviceOf(arn)) {
    case "sqs":
      await call("sqs", "SendMessage", {
        QueueUrl: `${cloud.endpoint}/${account}/${name}`,
        MessageBody: body,
        MessageAttributes: attributes,
      });
      return;
    case "sns":
      await call("sns", "Publish", { TopicArn: arn, Message: body, MessageAttributes: attributes });
      return;
    case "lambda":
      await call("lambda", "Invoke", { FunctionName: arn, InvocationType: "Event", Payload: Buffer.from(body) });
      return;
    case "events":
      // Source: Developer Guide, "Capturing records of Lambda asynchronous invocations".
      await call("events", "PutEvents", {
        Entries: [
          {
            EventBusName: arn,
            Source: "lambda",
            DetailType: `Lambda Function Invocation Result - ${about?.outcome ?? "Failure"}`,
            Resources: [...(about ? [about.functionArn] : []), arn],
            Detail: body,
          },
        ],
      });
      return;
    case undefined:
  }
}
