/** What the account may have: DescribeAccountLimits. */
import { operation } from "../../../service.ts";

/** AWS's default quotas. */
export const describeAccountLimits = operation("cloudformation", "DescribeAccountLimits", () => ({
  AccountLimits: [
    { Name: "StackLimit", Value: 2000 },
    { Name: "StackOutputsLimit", Value: 200 },
    { Name: "ConcurrentResourcesLimit", Value: 2500 },
  ],
}));
