/** What the account may have and has: GetAccountSettings. And what it is asked about a function that is always so here: GetFunctionCodeSigningConfig. */
import { operation } from "../../../service.ts";
import { findFunction, functions } from "../function.ts";
import { limits } from "../limits.ts";
import { versions } from "../version.ts";

export const getAccountSettings = operation("lambda", "GetAccountSettings", (_, { cloud, region }) => {
  const all = functions(cloud).list(region);
  const sizes = [...all, ...versions(cloud).list(region)].map(({ codeSizeBytes }) => codeSizeBytes);
  const reserved = all.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  return {
    AccountLimit: { ...limits, UnreservedConcurrentExecutions: limits.ConcurrentExecutions - reserved },
    AccountUsage: { TotalCodeSize: sizes.reduce((sum, size) => sum + size, 0), FunctionCount: all.length },
  };
});

/** Code is not signed here (CreateCodeSigningConfig is refused), so no function has such a configuration. */
export const getFunctionCodeSigningConfig = operation("lambda", "GetFunctionCodeSigningConfig", ({ FunctionName }, context) => {
  const { name } = findFunction(context, FunctionName);
  return { FunctionName: name, CodeSigningConfigArn: undefined };
});
