/** Aliases of a function: made, read, moved, deleted, listed. */
import { operation } from "../../../service.ts";
import { aliasArn, aliases, aliasesOf, aliasKey, checkRouting, keepAlias, shownAlias, weightsOf } from "../alias.ts";
import { aliasExists, check, notFound, revisionMismatch } from "../errors.ts";
import { findFunction } from "../function.ts";
import { lambdaPage } from "../page.ts";

const namePattern = String.raw`(?!^[0-9]+$)([a-zA-Z0-9-_]+)`;
const checkNames = (name: string, version: string | undefined, description: string | undefined) =>
  check({
    name: [name, { length: [1, 128], pattern: namePattern }],
    functionVersion: [version, { length: [1, 1024], pattern: String.raw`(\$LATEST|[0-9]+)` }],
    description: [description, { length: [0, 256] }],
  });

export const createAlias = operation("lambda", "CreateAlias", (input, context) => {
  const { Name: name, FunctionVersion: version, Description: description = "" } = input;
  checkNames(name, version, description);
  const { name: functionName } = findFunction(context, input.FunctionName);
  const weights = weightsOf(input.RoutingConfig);
  checkRouting(context, functionName, version, weights);
  if (aliases(context.cloud).has(context.region, aliasKey(functionName, name)))
    throw aliasExists(aliasArn(context, { functionName, name }));
  return shownAlias(context, keepAlias(context, { functionName, name, version, description, weights, revisionId: "", permissions: [] }));
});

export const getAlias = operation("lambda", "GetAlias", ({ FunctionName, Name: name }, context) => {
  const { name: functionName } = findFunction(context, FunctionName);
  const found = aliases(context.cloud).get(context.region, aliasKey(functionName, name));
  if (!found) throw notFound(`Cannot find alias arn: ${aliasArn(context, { functionName, name })}`);
  return shownAlias(context, found);
});

export const updateAlias = operation("lambda", "UpdateAlias", (input, context) => {
  const { Name: name } = input;
  checkNames(name, input.FunctionVersion, input.Description);
  const { name: functionName } = findFunction(context, input.FunctionName);
  const found = aliases(context.cloud).get(context.region, aliasKey(functionName, name));
  if (!found) throw notFound(`Alias not found: ${aliasArn(context, { functionName, name })}`);
  if (input.RevisionId !== undefined && input.RevisionId !== found.revisionId) throw revisionMismatch();
  const changed = {
    ...found,
    version: input.FunctionVersion ?? found.version,
    description: input.Description ?? found.description,
    weights: input.RoutingConfig === undefined ? found.weights : weightsOf(input.RoutingConfig),
  };
  checkRouting(context, functionName, changed.version, changed.weights);
  return shownAlias(context, keepAlias(context, changed));
});

/** One that is not there is deleted already. */
export const deleteAlias = operation("lambda", "DeleteAlias", ({ FunctionName, Name }, context) => {
  const { name } = findFunction(context, FunctionName);
  aliases(context.cloud).delete(context.region, aliasKey(name, Name));
  return {};
});

export const listAliases = operation("lambda", "ListAliases", ({ FunctionName, FunctionVersion, Marker, MaxItems }, context) => {
  const { name } = findFunction(context, FunctionName);
  const all = aliasesOf(context, name).filter(({ version, weights }) =>
    FunctionVersion === undefined ? true : version === FunctionVersion || Object.hasOwn(weights, FunctionVersion),
  );
  const { items, next } = lambdaPage(all, { Marker, MaxItems }, (alias) => alias.name);
  return { Aliases: items.map((alias) => shownAlias(context, alias)), ...next };
});
