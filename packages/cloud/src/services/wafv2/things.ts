/** What is kept of each kind beside what all have. */
import type { CustomResponseBody, DefaultAction, VisibilityConfig } from "@aws-sdk/client-wafv2";
import type { Item } from "./items.ts";
import type { StoredRules } from "./stored-rules.ts";

export interface StoredAcl extends Item {
  defaultAction: DefaultAction;
  rules: StoredRules;
  visibility: VisibilityConfig;
  capacity: number;
  customResponseBodies?: Record<string, CustomResponseBody>;
  /** Kept and answered, without effect. */
  recorded: Record<string, unknown>;
}

export interface StoredGroup extends Item {
  rules: StoredRules;
  visibility: VisibilityConfig;
  capacity: number;
  customResponseBodies?: Record<string, CustomResponseBody>;
}

export interface StoredIpSet extends Item {
  version: "IPV4" | "IPV6";
  addresses: string[];
}

export interface StoredPatternSet extends Item {
  patterns: string[];
}

/** By the resource's ARN. */
export interface Association {
  resourceArn: string;
  aclArn: string;
}
