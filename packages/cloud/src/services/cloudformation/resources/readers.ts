/** How nested stacks are read again: that they stand. What is in them is looked at as a stack of its own. */
import { findStack } from "../../../cloudformation/stack.ts";
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::CloudFormation::Stack": async ({ cloud, region, physicalId }) => {
    const stack = findStack(cloud.store, region, physicalId);
    return stack && stack.status !== "DELETE_COMPLETE" ? {} : undefined;
  },
};
