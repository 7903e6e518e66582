/** What AWS takes off every bill of an account, as long as nothing else in the account uses it up. Never part of the total. */
import type { CostLine } from "./line.ts";

interface Allowance {
  what: string;
  /** Service and item in the price list. */
  price: string;
  /** In the unit of that price. */
  quantity: number;
}

/** Those of the snapshot's `freeTiers` that are for ever, in the units of its prices. */
const allowances: readonly Allowance[] = [
  { what: "100 GB to the internet", price: "dataTransfer internetOut.first10TB", quantity: 100 },
  { what: "1 TB through CloudFront", price: "cloudfront dataOut.usEu.first10TB", quantity: 1024 },
  { what: "10M requests to CloudFront", price: "cloudfront httpsRequests.us", quantity: 1000 },
  { what: "1M calls of functions", price: "lambda requests", quantity: 1 },
  { what: "400,000 GB-seconds of functions", price: "lambda x86.gbSecond", quantity: 400_000 },
  { what: "1M requests to queues", price: "sqs standard", quantity: 1 },
  { what: "1M messages to topics", price: "sns publish", quantity: 1 },
  { what: "10 metrics", price: "cloudwatch customMetric", quantity: 10 },
  { what: "10 alarms", price: "cloudwatch alarm.standard", quantity: 10 },
  { what: "3 dashboards", price: "cloudwatch dashboard", quantity: 3 },
  { what: "5 GB of logs", price: "cloudwatch logs.ingest", quantity: 5 },
  { what: "25 GB in tables", price: "dynamodb storage", quantity: 25 },
];

export interface FreeTier {
  what: string;
  /** US dollars a month, of what is expected. */
  off: number;
}

export function freeTiers(lines: readonly CostLine[]): FreeTier[] {
  return allowances.flatMap(({ what, price, quantity }) => {
    const matching = lines.filter((line) => `${line.price.service} ${line.price.item}` === price);
    const used = matching.reduce((total, line) => total + line.quantity, 0);
    if (used === 0) return [];
    const expected = matching.reduce((total, line) => total + line.expected, 0);
    return [{ what, off: expected * Math.min(1, quantity / used) }];
  });
}
