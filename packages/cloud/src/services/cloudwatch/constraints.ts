/** The constraints of CloudWatch's members, as its service model gives them. */
import { checkConstraints, type Constrained } from "../../constraints.ts";
import { metricUnits } from "../../metric-units.ts";

export const namespace = { length: [1, 255], pattern: "[^:].*" } as const;
export const metricName = { length: [1, 255] } as const;
export const dimensionList = { length: [0, 30] } as const;
export const unit = { enum: metricUnits } as const;

export function check(members: Constrained): void {
  checkConstraints("ValidationError", members);
}

export function checkDimensions(
  dimensions: readonly { Name?: string | undefined; Value?: string | undefined }[] | undefined,
  path = "dimensions",
): void {
  if (!dimensions) return;
  check({ [path]: [dimensions, dimensionList] });
  for (const [index, { Name, Value }] of dimensions.entries()) {
    check({
      [`${path}.${index + 1}.member.name`]: [Name, { length: [1, 255] }],
      [`${path}.${index + 1}.member.value`]: [Value, { length: [1, 1024] }],
    });
  }
}
