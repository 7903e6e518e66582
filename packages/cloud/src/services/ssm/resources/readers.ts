/** How parameters are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::SSM::Parameter": async ({ call, physicalId: Name }) => {
    const { Parameter } = await call("ssm", "GetParameter", { Name });
    const { Parameters = [] } = await call("ssm", "DescribeParameters", { ParameterFilters: [{ Key: "Name", Values: [Name] }] });
    return {
      Name,
      Type: Parameter!.Type,
      Value: Parameter!.Value,
      Description: Parameters[0]?.Description ?? null,
      Tier: Parameters[0]?.Tier,
    };
  },
};
