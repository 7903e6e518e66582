/** CreateOptionGroup, ModifyOptionGroup, DescribeOptionGroups, DeleteOptionGroup. */
import { AwsError } from "../../../aws-error.ts";
import { markerPage } from "../../../marker-pages.ts";
import { operation } from "../../../service.ts";
import { invalidCombination, invalidValue, notEmulated } from "../errors.ts";
import { instances } from "../instance.ts";
import { checkIdentifier } from "../names.ts";
import { defaultOptionGroups, findOptionGroup, optionEngines, type OptionGroup, optionGroups, optionGroupShape } from "../option-group.ts";
import { snapshots } from "../snapshot.ts";
import { checkedTags } from "../tags.ts";

const invalidState = (message: string) => new AwsError("InvalidOptionGroupStateFault", message);

export const createOptionGroup = operation("rds", "CreateOptionGroup", (input, context) => {
  const { cloud, region } = context;
  const name = checkIdentifier("OptionGroupName", input.OptionGroupName!, 255);
  if (optionGroups(cloud).has(region, name)) {
    throw new AwsError("OptionGroupAlreadyExistsFault", `An option group named ${name} already exists.`);
  }
  if (!input.OptionGroupDescription) throw invalidValue("The parameter OptionGroupDescription must be provided and must not be blank.");
  const majors = Object.hasOwn(optionEngines, input.EngineName!) ? optionEngines[input.EngineName!]! : undefined;
  if (!majors) throw invalidValue(`Invalid DB engine: ${input.EngineName}`);
  if (!majors.includes(input.MajorEngineVersion!)) {
    throw invalidCombination(`Cannot find major version ${input.MajorEngineVersion} for ${input.EngineName}`);
  }
  const group: OptionGroup = {
    name,
    description: input.OptionGroupDescription,
    engine: input.EngineName!,
    majorVersion: input.MajorEngineVersion!,
    tags: checkedTags(input.Tags),
  };
  optionGroups(cloud).put(region, name, group);
  return { OptionGroup: optionGroupShape(context, group) };
});

/** No option is ever in a group, so that removing one changes nothing, as on AWS. */
export const modifyOptionGroup = operation("rds", "ModifyOptionGroup", (input, context) => {
  const group = findOptionGroup(context.cloud, context.region, input.OptionGroupName!);
  if (!input.OptionsToInclude?.length && !input.OptionsToRemove?.length) {
    throw invalidValue("At least one option must be added, modified, or removed.");
  }
  if (defaultOptionGroups.includes(group)) throw invalidState("Default option groups cannot be modified.");
  if (input.OptionsToInclude?.length) throw notEmulated("options in option groups (PostgreSQL has none)");
  return { OptionGroup: optionGroupShape(context, group) };
});

export const describeOptionGroups = operation("rds", "DescribeOptionGroups", (input, context) => {
  const { cloud, region } = context;
  if (input.MajorEngineVersion && !input.EngineName) throw invalidValue("EngineName must be specified with MajorEngineVersion.");
  const named = input.OptionGroupName
    ? [findOptionGroup(cloud, region, input.OptionGroupName)]
    : [...defaultOptionGroups, ...optionGroups(cloud).list(region)];
  const chosen = named.filter(
    ({ engine, majorVersion }) =>
      (!input.EngineName || input.EngineName === engine) && (!input.MajorEngineVersion || input.MajorEngineVersion === majorVersion),
  );
  const { items, Marker } = markerPage(chosen, input, ({ name }) => name, "OptionGroups");
  return { OptionGroupsList: items.map((group) => optionGroupShape(context, group)), ...(Marker && { Marker }) };
});

export const deleteOptionGroup = operation("rds", "DeleteOptionGroup", (input, { cloud, region }) => {
  const group = findOptionGroup(cloud, region, input.OptionGroupName!);
  if (defaultOptionGroups.includes(group)) throw invalidState("Default option groups cannot be deleted.");
  const isUsed =
    instances(cloud)
      .list(region)
      .some(({ settings }) => settings.optionGroup === group.name) ||
    snapshots(cloud)
      .list(region)
      .some(({ settings }) => settings.optionGroup === group.name);
  if (isUsed) throw invalidState(`The option group '${group.name}' cannot be deleted because it is in use.`);
  optionGroups(cloud).delete(region, group.name);
  return {};
});
