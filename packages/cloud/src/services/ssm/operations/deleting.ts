/** DeleteParameter and DeleteParameters. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { parameterNotFound } from "../errors.ts";
import { findParameter, removeParameter } from "../parameters.ts";

export const deleteParameter = operation("ssm", "DeleteParameter", ({ Name }, { cloud, region }) => {
  const parameter = findParameter(cloud, region, Name!);
  if (!parameter) throw parameterNotFound(Name!);
  removeParameter(cloud, region, parameter.name);
  return {};
});

export const deleteParameters = operation("ssm", "DeleteParameters", ({ Names }, { cloud, region }) => {
  checkConstraints("ValidationException", { names: [Names, { length: [1, 10] }] });
  const DeletedParameters: string[] = [];
  const InvalidParameters: string[] = [];
  for (const name of Names!) {
    const parameter = findParameter(cloud, region, name);
    if (parameter) {
      removeParameter(cloud, region, parameter.name);
      DeletedParameters.push(name);
    } else InvalidParameters.push(name);
  }
  return { DeletedParameters, InvalidParameters };
});
