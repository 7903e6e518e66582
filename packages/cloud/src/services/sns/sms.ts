/** Text messages: they lie in the mailbox, where a person would have got them on the phone. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { invalidParameter } from "./errors.ts";
import { deliverMail } from "./mailbox.ts";

/** Numbers whose owners replied STOP (`/_plinth/sns/opt-out`). */
export const optedOut = (cloud: Cloud) => cloud.store.collection<{ number: string }>("sns.optedOut");
export const smsAttributes = (cloud: Cloud) => cloud.store.collection<Record<string, string>>("sns.smsAttributes");

const longestMessage = 1600;

/** E.164: a plus and up to 15 digits. */
export function checkNumber(number: string, member: string): void {
  if (!/^\+[1-9]\d{1,14}$/u.test(number)) throw invalidParameter(`${member} Reason: ${number} is not valid to publish to`);
}

/** The number of a subscription, which may be written with single hyphens, dots or slashes; gives it as it is kept. */
export function numberOf(endpoint: string): string {
  if (!/^\+?\d+([-./]\d+)*$/u.test(endpoint)) throw new AwsError("InvalidParameter", `Invalid SMS endpoint: ${endpoint}`);
  return endpoint.replaceAll(/[-./]/gu, "");
}

export function checkText(text: string): void {
  if (text.length > longestMessage) throw invalidParameter(`Message Reason: Message must be less than ${longestMessage} characters long`);
}

/** A number that does not want any gets none. */
export function deliverText(cloud: Cloud, region: string, number: string, text: string, topicArn: string): void {
  if (optedOut(cloud).has(region, number)) return;
  deliverMail(cloud, { to: number, subject: "SMS", text, topicArn });
}
