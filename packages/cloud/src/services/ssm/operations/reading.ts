/** GetParameter, GetParameters, GetParametersByPath, GetParameterHistory, DescribeParameters. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { invalidNextToken, parameterNotFound, validation } from "../errors.ts";
import { checkFilters, passes, type StringFilter } from "../filters.ts";
import { checkPath, isBelow } from "../names.ts";
import { allParameters, findParameter, newest } from "../parameters.ts";
import { metadata, select, showParameter, visibleValue } from "../reading.ts";

const secretReference = "/aws/reference/secretsmanager/";

export const getParameter = operation("ssm", "GetParameter", async (input, context) => {
  const name = input.Name!;
  checkConstraints("ValidationException", { name: [name, { length: [1, 2048] }] });
  if (name.startsWith(secretReference)) return { Parameter: await secretAsParameter(name, input.WithDecryption, context) };
  const { parameter, version, selector } = select(context, name);
  return { Parameter: showParameter(context, parameter, version, { decrypt: input.WithDecryption, selector }) };
});

export const getParameters = operation("ssm", "GetParameters", async (input, context) => {
  const names = input.Names!;
  if (names.length > 10 || names.length < 1) {
    const bound = names.length > 10 ? "less than or equal to 10" : "greater than or equal to 1";
    throw validation(
      `1 validation error detected: Value '[${names.join(", ")}]' at 'names' failed to satisfy constraint: Member must have length ${bound}.`,
    );
  }
  const Parameters = [];
  const InvalidParameters: string[] = [];
  for (const name of new Set(names)) {
    try {
      if (name.startsWith(secretReference)) Parameters.push(await secretAsParameter(name, input.WithDecryption, context));
      else {
        const { parameter, version, selector } = select(context, name);
        Parameters.push(showParameter(context, parameter, version, { decrypt: input.WithDecryption, selector }));
      }
    } catch (error) {
      if (!(error instanceof AwsError) || !error.code.startsWith("Parameter")) throw error;
      InvalidParameters.push(name);
    }
  }
  return { Parameters, InvalidParameters };
});

export const getParametersByPath = operation("ssm", "GetParametersByPath", (input, context) => {
  checkConstraints("ValidationException", { maxResults: [input.MaxResults, { range: [1, 10] }] });
  const path = input.Path!;
  checkPath(path);
  const filters: readonly StringFilter[] = input.ParameterFilters ?? [];
  checkFilters(filters, "GetParametersByPath");
  const found = allParameters(context.cloud, context.region).filter(({ name }) => isBelow(path, name, input.Recursive ?? false));
  const page = pageOf(
    found.filter((parameter) => passes(parameter, filters)),
    {
      size: input.MaxResults ?? 10,
      token: input.NextToken,
      keyOf: ({ name }) => name,
      query: `GetParametersByPath ${path}`,
      invalid: invalidNextToken,
    },
  );
  return {
    Parameters: page.items.map((parameter) => showParameter(context, parameter, newest(parameter), { decrypt: input.WithDecryption })),
    ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
  };
});

export const getParameterHistory = operation("ssm", "GetParameterHistory", (input, context) => {
  checkConstraints("ValidationException", { maxResults: [input.MaxResults, { range: [1, 50] }] });
  const parameter = findParameter(context.cloud, context.region, input.Name!);
  if (!parameter) throw parameterNotFound(input.Name!);
  const page = pageOf(parameter.versions, {
    size: input.MaxResults ?? 50,
    token: input.NextToken,
    keyOf: ({ version }) => String(version).padStart(12, "0"),
    query: `GetParameterHistory ${parameter.name}`,
    invalid: invalidNextToken,
  });
  return {
    Parameters: page.items.map((version) => {
      const { ARN: _arn, ...shown } = metadata(context, parameter, version);
      return { ...shown, Value: visibleValue(context, parameter, version, input.WithDecryption), Labels: version.labels };
    }),
    ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
  };
});

export const describeParameters = operation("ssm", "DescribeParameters", (input, context) => {
  checkConstraints("ValidationException", { maxResults: [input.MaxResults, { range: [1, 50] }] });
  if (input.Filters?.length && input.ParameterFilters?.length)
    throw validation("You can use either Filters or ParameterFilters in a single request.");
  // The older form: no options, otherwise alike.
  const filters: readonly StringFilter[] =
    input.ParameterFilters ?? (input.Filters ?? []).map(({ Key, Values }) => ({ Key, Values, Option: "Equals" }));
  checkFilters(filters, "DescribeParameters");
  const found = input.Shared ? [] : allParameters(context.cloud, context.region).filter((parameter) => passes(parameter, filters));
  const page = pageOf(found, {
    size: input.MaxResults ?? 10,
    token: input.NextToken,
    keyOf: ({ name }) => name,
    query: "DescribeParameters",
    invalid: invalidNextToken,
  });
  return {
    Parameters: page.items.map((parameter) => metadata(context, parameter, newest(parameter))),
    ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }),
  };
});

/** What version ids look like; anything else behind a colon is a staging label. */
const versionId = /^[0-9a-zA-Z-]{32,64}$/;

/**
 * `/aws/reference/secretsmanager/NAME` reads a secret through Parameter Store, with the caller's rights on the secret; `NAME:VERSION-ID`
 * and `NAME:LABEL` read another version than the current one (Systems Manager User Guide, "Referencing Secrets Manager secrets").
 */
async function secretAsParameter(name: string, decrypt: boolean | undefined, context: OperationContext) {
  if (!decrypt) throw validation("WithDecryption flag must be True for retrieving a Secret Manager secret.");
  const [SecretId = "", selector] = name.slice(secretReference.length).split(":");
  const which = selector === undefined ? {} : versionId.test(selector) ? { VersionId: selector } : { VersionStage: selector };
  try {
    const secret = await context.call("secretsmanager", "GetSecretValue", { SecretId, ...which });
    return {
      Name: `${secretReference}${SecretId}`,
      Type: "SecureString" as const,
      Value: secret.SecretString ?? "",
      Version: 0,
      ...(selector === undefined ? {} : { Selector: `:${selector}` }),
      SourceResult: JSON.stringify({
        CreatedDate: (secret.CreatedDate?.getTime() ?? 0) / 1000,
        Name: secret.Name,
        VersionId: secret.VersionId,
        SecretString: secret.SecretString,
        VersionStages: secret.VersionStages,
        ARN: secret.ARN,
      }),
      LastModifiedDate: secret.CreatedDate,
      ...(secret.ARN === undefined ? {} : { ARN: secret.ARN }),
      DataType: "text",
    };
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") throw error;
    throw new AwsError(
      "ParameterNotFound",
      `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name} not found.`,
    );
  }
}
