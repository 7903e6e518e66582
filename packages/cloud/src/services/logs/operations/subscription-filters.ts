/** Subscription filters: none can be made, since no service that they could send to is in the embedded cloud. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { refused } from "../errors.ts";
import { findGroup } from "../groups.ts";

export const putSubscriptionFilter = operation("logs", "PutSubscriptionFilter", (input, context) => {
  findGroup(context, input.logGroupName);
  throw refused("logs:PutSubscriptionFilter (Lambda, Kinesis and Firehose are not there to receive)");
});

export const describeSubscriptionFilters = operation("logs", "DescribeSubscriptionFilters", (input, context) => {
  checkConstraints("InvalidParameterException", { limit: [input.limit, { range: [1, 50] }] });
  findGroup(context, input.logGroupName);
  return { subscriptionFilters: [] };
});

export const deleteSubscriptionFilter = operation("logs", "DeleteSubscriptionFilter", (input, context) => {
  findGroup(context, input.logGroupName);
  throw new AwsError("ResourceNotFoundException", "The specified subscription filter does not exist.");
});
