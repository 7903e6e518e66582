/** LabelParameterVersion and UnlabelParameterVersion. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { labelLimit, parameterNotFound, parameterVersionNotFound, validation } from "../errors.ts";
import { findParameter, newest, putParameter } from "../parameters.ts";

const labelsPerVersion = 10;

/** A label is letters, numbers and `.-_`, and does not begin with a number, `aws` or `ssm`. */
const isValid = (label: string) => /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(label) && !/^(?:aws|ssm)/i.test(label);

/** @throws ValidationException where there are too many labels, or one is too long; one of strange characters is only not taken. */
function checkLabels(labels: string[]): void {
  checkConstraints("ValidationException", { labels: [labels, { length: [1, labelsPerVersion] }] });
  if (labels.every(({ length }) => length >= 1 && length <= 100)) return;
  throw validation(
    `1 validation error detected: Value '[${labels.join(", ")}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]`,
  );
}

export const labelParameterVersion = operation("ssm", "LabelParameterVersion", (input, { cloud, region }) => {
  checkLabels(input.Labels!);
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
  checkLabels(input.Labels!);
  const parameter = findParameter(cloud, region, input.Name!);
  if (!parameter) throw parameterNotFound(input.Name!);
  const version = parameter.versions.find((one) => one.version === input.ParameterVersion);
  if (!version) throw parameterVersionNotFound(parameter.name, input.ParameterVersion!);
  const RemovedLabels = input.Labels!.filter((label) => version.labels.includes(label));
  version.labels = version.labels.filter((label) => !RemovedLabels.includes(label));
  putParameter(cloud, region, parameter);
  return { RemovedLabels, InvalidLabels: input.Labels!.filter((label) => !RemovedLabels.includes(label)) };
});
