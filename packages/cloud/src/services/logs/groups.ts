/** Log groups: what is kept of each, and how a call names one. */
import type { Cloud } from "../../cloud.ts";
import { checkConstraints } from "../../constraints.ts";
import type { OperationContext } from "../../service.ts";
import { groupNotFound, invalidParameter } from "./errors.ts";
import { AwsError } from "../../aws-error.ts";

export interface LogGroup {
  /** Of its rows in the telemetry tables; never used again after the group is deleted. */
  id: number;
  name: string;
  creationTimeMs: number;
  /** Absent: events are kept for ever. */
  retentionInDays?: number;
  class: LogGroupClass;
  /** Its rights are asked; on the disk nothing is encrypted with it. */
  kmsKeyId?: string;
  deletionProtection: boolean;
  tags: Record<string, string>;
}

export type LogGroupClass = "STANDARD" | "INFREQUENT_ACCESS" | "DELIVERY";

export const logGroupClasses: readonly LogGroupClass[] = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];

/** The only retentions that AWS takes, in days. */
export const retentions: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const namePattern = "[\\.\\-_/#A-Za-z0-9]+";

export function groups(cloud: Cloud) {
  return cloud.store.collection<LogGroup>("logs.group");
}

/** `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, without the `:*` that policies and older answers carry. */
export function groupArn({ region, account }: { region: string; account: string }, name: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`;
}

/** Takes a name for a group: its length and its characters. */
export function checkGroupName(name: string | undefined, member = "logGroupName"): void {
  if (name !== undefined && name.length > 512)
    throw invalidParameter("Invalid LogGroup or LogStream, both must have length less than or equal to 512.");
  checkConstraints("InvalidParameterException", { [member]: [name, { length: [1, 512], pattern: namePattern }] });
}

export function findGroup(context: OperationContext, name: string): LogGroup {
  checkGroupName(name);
  const group = groups(context.cloud).get(context.region, name);
  if (!group) throw groupNotFound();
  return group;
}

/** The group that a call names by `logGroupName`, or by `logGroupIdentifier`, a name or an ARN; exactly one of the two. */
export function namedGroup(
  context: OperationContext,
  { logGroupName, logGroupIdentifier }: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
): LogGroup {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw new AwsError("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
  }
  // The form with `:*` is for policies; AWS does not take it here.
  checkConstraints("InvalidParameterException", { logGroupIdentifier: [logGroupIdentifier, { pattern: "[\\w#+=/:,.@-]*" }] });
  const given = logGroupName ?? logGroupIdentifier;
  if (given === undefined) throw new AwsError("ValidationException", "Either logGroupName or logGroupIdentifier must be specified");
  return findGroup(context, logGroupIdentifier === undefined ? given : nameOfIdentifier(context, given));
}

/** The name in an identifier: an ARN of this account and region (with or without `:*`), or the name itself. */
export function nameOfIdentifier(context: { region: string; account: string }, identifier: string): string {
  if (!identifier.startsWith("arn:")) return identifier;
  const [, region, account, name] = /^arn:[\w-]+:logs:([\w-]+):(\d{12}):log-group:([^:]+)(?::\*)?$/u.exec(identifier) ?? [];
  if (name === undefined) throw invalidParameter(`Invalid ARN: ${identifier}`);
  if (region !== context.region || account !== context.account) throw groupNotFound();
  return name;
}
