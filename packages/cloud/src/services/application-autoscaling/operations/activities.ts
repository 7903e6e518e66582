/** DescribeScalingActivities. */
import { operation } from "../../../service.ts";
import { describeActivity, listActivities } from "../activities.ts";
import { checkNames } from "../namespaces.ts";
import { page } from "../paging.ts";

export const describeScalingActivities = operation("application-autoscaling", "DescribeScalingActivities", (input, context) => {
  checkNames(input);
  const { ServiceNamespace, ResourceId, ScalableDimension, IncludeNotScaledActivities = false } = input;
  const newestFirst = listActivities(context, `${ServiceNamespace}|`, IncludeNotScaledActivities)
    .filter(({ resourceId }) => ResourceId === undefined || resourceId === ResourceId)
    .filter(({ dimension }) => ScalableDimension === undefined || dimension === ScalableDimension);
  const { items, ...more } = page(newestFirst, input, { most: 50, orderOf: ({ startMs }) => Number.MAX_SAFE_INTEGER - startMs });
  return { ScalingActivities: items.map(describeActivity), ...more };
});
