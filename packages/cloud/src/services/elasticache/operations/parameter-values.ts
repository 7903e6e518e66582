/** ModifyCacheParameterGroup and ResetCacheParameterGroup: servers that run take what they can at once. */
import { operation } from "../../../service.ts";
import { invalidValue } from "../errors.ts";
import { applyParameters } from "../life.ts";
import { changeable, isAllowed, knownParameters, parameterGroups } from "../parameter-group.ts";

export const modifyCacheParameterGroup = operation("elasticache", "ModifyCacheParameterGroup", (input, context) => {
  const group = changeable(context, input.CacheParameterGroupName!);
  if (input.ParameterNameValues!.length === 0 || input.ParameterNameValues!.length > 20)
    throw invalidValue("The number of parameters must be between 1 and 20.");
  for (const { ParameterName: name = "", ParameterValue: value } of input.ParameterNameValues!) {
    if (value === undefined) throw invalidValue("The parameters ParameterName and ParameterValue are required.");
    const found = knownParameters.find((each) => each.name === name);
    if (!found) throw invalidValue(`The parameter ${name} does not exist for ${group.family}.`);
    if (found.fixed) throw invalidValue(`The parameter ${name} cannot be modified.`);
    if (!isAllowed(found, value))
      throw invalidValue(`The parameter ${name} has an invalid value: ${value}. Allowed values: ${found.allowed}.`);
    group.values[name] = value;
  }
  parameterGroups(context.cloud).put(context.region, group.name, group);
  applyParameters(context.cloud, context.region, group.name);
  return { CacheParameterGroupName: group.name };
});

export const resetCacheParameterGroup = operation("elasticache", "ResetCacheParameterGroup", (input, context) => {
  const group = changeable(context, input.CacheParameterGroupName!);
  if (input.ResetAllParameters) group.values = {};
  for (const { ParameterName: name = "" } of input.ParameterNameValues ?? []) delete group.values[name];
  parameterGroups(context.cloud).put(context.region, group.name, group);
  applyParameters(context.cloud, context.region, group.name);
  return { CacheParameterGroupName: group.name };
});
