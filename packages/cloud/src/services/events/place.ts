/** Where something of EventBridge is: a region of a cloud. */
import type { OperationContext } from "../../service.ts";

export type Place = Pick<OperationContext, "cloud" | "account" | "region">;
