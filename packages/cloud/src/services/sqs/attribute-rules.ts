/** Which attributes a queue takes, and which values. Source: Amazon SQS API Reference, SetQueueAttributes; wording as AWS answers. */
import type { Cloud } from "../../cloud.ts";
import { fixedKind, invalidAttributeName, invalidAttributeValue, invalidValue, unknownAttribute } from "./errors.ts";
import { checkRedriveAllowPolicy, normalRedrivePolicy } from "./redrive-policy.ts";
import { numbers } from "./settings.ts";

const booleans = new Set(["ContentBasedDeduplication", "FifoQueue", "SqsManagedSseEnabled"]);
const ofFifo: Readonly<Record<string, readonly string[]>> = {
  ContentBasedDeduplication: ["true", "false"],
  DeduplicationScope: ["messageGroup", "queue"],
  FifoThroughputLimit: ["perQueue", "perMessageGroupId"],
};
/** Those that an empty value takes away. */
const removable = new Set(["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"]);

export interface Asking {
  cloud: Cloud;
  region: string;
  /** The queue that is to have them. */
  arn: string;
  fifo: boolean;
}

/** The attributes of a queue after `given` was set over `before`. Throws AWS's errors. */
export function withAttributes(
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
  asking: Asking,
): Record<string, string> {
  const after: Record<string, string> = { ...before };
  for (const [name, value] of Object.entries(given)) {
    const checked = checkedValue(name, value, asking);
    if (checked === undefined) delete after[name];
    else after[name] = checked;
  }
  if (given["KmsMasterKeyId"] && given["SqsManagedSseEnabled"] === "true") {
    throw invalidAttributeName(
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    );
  }
  // Setting one kind of encryption ends the other.
  if (given["KmsMasterKeyId"]) after["SqsManagedSseEnabled"] = "false";
  else if (given["KmsMasterKeyId"] === "") delete after["KmsDataKeyReusePeriodSeconds"];
  else if (given["SqsManagedSseEnabled"] === "true") {
    delete after["KmsMasterKeyId"];
    delete after["KmsDataKeyReusePeriodSeconds"];
  }
  if (after["FifoThroughputLimit"] === "perMessageGroupId" && after["DeduplicationScope"] !== "messageGroup") {
    throw invalidValue(
      "The perMessageGroupId value for FifoThroughputLimit is allowed only when the value for DeduplicationScope is messageGroup.",
    );
  }
  return after;
}

/** The value as it is kept, or `undefined` where it takes the attribute away. */
function checkedValue(name: string, value: string, asking: Asking): string | undefined {
  if (value === "" && removable.has(name)) return undefined;
  const number = numbers[name];
  if (number) {
    const [min, max] = number.range;
    if (!/^\d{1,10}$/u.test(value) || Number(value) < min || Number(value) > max) throw invalidAttributeValue(name);
    return String(Number(value));
  }
  if (Object.hasOwn(ofFifo, name)) {
    const known = booleans.has(name) ? value.toLowerCase() : value;
    if (!ofFifo[name]!.includes(known)) throw invalidAttributeValue(name);
    if (!asking.fifo) throw invalidAttributeName(`You can specify the ${name} only when FifoQueue is set to true.`);
    return known;
  }
  switch (name) {
    case "FifoQueue":
      // A standard queue does not know it at all.
      if (!asking.fifo) throw unknownAttribute(name);
      if (value.toLowerCase() !== "true") throw fixedKind();
      return "true";
    case "SqsManagedSseEnabled":
      if (!/^(?:true|false)$/iu.test(value)) throw invalidAttributeValue(name);
      return value.toLowerCase();
    case "KmsMasterKeyId":
      return value;
    case "Policy":
      checkPolicy(value);
      return value;
    case "RedrivePolicy":
      return value === "{}" ? undefined : normalRedrivePolicy(value, asking);
    case "RedriveAllowPolicy":
      checkRedriveAllowPolicy(value);
      return value;
    default:
      throw unknownAttribute(name);
  }
}

function checkPolicy(text: string): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw invalidAttributeValue("Policy");
  }
  if (typeof policy !== "object" || policy === null || !("Statement" in policy)) throw invalidAttributeValue("Policy");
}
