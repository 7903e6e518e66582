/** LabelParameterVersion and UnlabelParameterVersion. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { labelLimit, parameterNotFound, parameterVersionNotFound } from "../errors.ts";
import { findParameter, newest, putParameter } from "../parameters.ts";

const labelsPerVersion = 10;

/** A label is letters, numbers and `.-_`, does not begin with a number, `aws` or `ssm`, and has up to a hundred characters. */
const isValid = (label: string) => label.length <= 100 && /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(label) && !/^(?:aws|ssm)/i.test(label);

export const labelParameterVersion = operation("ssm", "LabelParameterVersion", (input, { cloud, region }) => {
  checkConstraints("ValidationException", { labels: [input.Labels, { length: [1, labelsPerVersion] }] });
  const parameter = findParameter(cloud, region, input.Name!);
  if (!parameter) throw parameterNotFound(input.Name!);
  const version = input.ParameterVersion ? parameter.versions.find((one) => one.version === input.ParameterVersion) : newest(parameter);
  if (!version) throw parameterVersionNotFound(parameter.name, input.ParameterVersion!);
  const valid = input.Labels!.filter(isValid);
  const labels = [...new Set([...version.labels, ...valid])];
  if (labels.length > labelsPerVersion) throw labelLimit();
  // A label is on one version: it moves here.
  for (const other of parameter.versions) other.labels = other.labels.filter((label) => !valid.includes(label));
  version.labels = labels;
  putParameter(cloud, region, parameter);
  return { InvalidLabels: input.Labels!.filter((label) => !isValid(label)), ParameterVersion: version.version };
});

export const unlabelParameterVersion = operation("ssm", "UnlabelParameterVersion", (input, { cloud, region }) => {
  checkConstraints("ValidationException", { labels: [input.Labels, { length: [1, labelsPerVersion] }] });
  const parameter = findParameter(cloud, region, input.Name!);
  if (!parameter) throw parameterNotFound(input.Name!);
  const version = parameter.versions.find((one) => one.version === input.ParameterVersion);
  if (!version) throw parameterVersionNotFound(parameter.name, input.ParameterVersion!);
  const RemovedLabels = input.Labels!.filter((label) => version.labels.includes(label));
  version.labels = version.labels.filter((label) => !RemovedLabels.includes(label));
  putParameter(cloud, region, parameter);
  return { RemovedLabels, InvalidLabels: input.Labels!.filter((label) => !RemovedLabels.includes(label)) };
});
