/** EC2's ids: a prefix and 17 hexadecimal digits, the first of them 0; those of a region's default network follow from its name. */
import { createHash } from "node:crypto";
import type { OperationContext } from "../../service.ts";

export const newId = (context: OperationContext, prefix: string) => `${prefix}-0${context.cloud.world.random.hex(16)}`;

/** The same in every cloud of this account: what AWS made with the account has no moment of its own. */
export const defaultId = (account: string, region: string, prefix: string, what: string) =>
  `${prefix}-0${createHash("sha256").update(`${account}/${region}/${what}`).digest("hex").slice(0, 16)}`;

export const ec2Arn = (context: OperationContext, type: string, id: string) =>
  `arn:aws:ec2:${context.region}:${context.account}:${type}/${id}`;
