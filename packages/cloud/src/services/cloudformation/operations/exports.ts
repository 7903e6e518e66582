/** Values that stacks export to others: ListExports, ListImports. */
import { findExport, importers, listExports as storedExports } from "../../../cloudformation/exports.ts";
import { operation } from "../../../service.ts";
import { validationError } from "../errors.ts";
import { page } from "../page.ts";

const pageSize = 100;

export const listExports = operation("cloudformation", "ListExports", (input, context) => {
  const { items, nextToken } = page(storedExports(context.cloud.store, context.region), input.NextToken, pageSize, ({ name }) => name);
  return {
    Exports: items.map(({ name, value, stack }) => ({ ExportingStackId: stack.id, Name: name, Value: value })),
    NextToken: nextToken,
  };
});

export const listImports = operation("cloudformation", "ListImports", (input, context) => {
  const name = input.ExportName ?? "";
  const { store } = context.cloud;
  if (!findExport(store, context.region, name)) throw validationError(`Export '${name}' does not exist.`);
  const stacks = importers(store, context.region, name);
  if (stacks.length === 0) throw validationError(`Export '${name}' is not imported by any stack.`);
  const { items, nextToken } = page(stacks, input.NextToken, pageSize, ({ uuid }) => uuid);
  return { Imports: items.map((stack) => stack.name), NextToken: nextToken };
});
