/** What queues are called: their names, URLs and ARNs. */
import type { Cloud } from "../../cloud.ts";
import { invalidAddress, invalidValue } from "./errors.ts";

/** Source: Amazon SQS API Reference, CreateQueue, QueueName. */
const namePattern = /^[\w-]{1,80}$/u;

export function checkQueueName(name: string, fifo: boolean): void {
  if (fifo) {
    if (name.length > 80 || !name.endsWith(".fifo") || !namePattern.test(name.slice(0, -".fifo".length))) {
      throw invalidValue(
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
      );
    }
  } else if (!namePattern.test(name)) {
    throw invalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  }
}

export const queueArn = (region: string, account: string, name: string) => `arn:aws:sqs:${region}:${account}:${name}`;

export const queueUrl = ({ endpoint, account }: Pick<Cloud, "endpoint" | "account">, name: string) => `${endpoint}/${account}/${name}`;

/**
 * The account and name in a queue's URL. Only its path counts: where the cloud answers may change between two starts, and queues
 * keep their URLs in the environment of tasks.
 */
export function parseQueueUrl(url: string): { account: string; name: string } {
  const match = /(?:^|\/)(\d{12})\/([^/?#]+)\/?$/u.exec(url);
  if (!match) throw invalidAddress(url);
  return { account: match[1]!, name: match[2]! };
}

export interface QueueArn {
  region: string;
  account: string;
  name: string;
}

export function parseQueueArn(arn: string): QueueArn | undefined {
  const match = /^arn:[\w-]+:sqs:([\w-]+):(\d{12}):([\w.-]+)$/u.exec(arn);
  return match ? { region: match[1]!, account: match[2]!, name: match[3]! } : undefined;
}
