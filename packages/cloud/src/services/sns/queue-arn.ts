/** The ARN of an SQS queue, taken apart. */
export interface QueueArn {
  region: string;
  account: string;
  name: string;
}

export function parseQueueArn(arn: string): QueueArn | undefined {
  const match = /^arn:[\w-]+:sqs:([\w-]+):(\d{12}):([\w.-]{1,80})$/u.exec(arn);
  return match ? { region: match[1]!, account: match[2]!, name: match[3]! } : undefined;
}
