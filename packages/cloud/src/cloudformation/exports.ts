/** Exports: outputs under a name that other stacks of the region import, and which therefore cannot change while they do. */
import type { Store } from "../store.ts";
import { listStacks, type Stack, type StackOutput } from "./stack.ts";

export interface Export {
  name: string;
  value: string;
  stack: Stack;
}

const living = (store: Store, region: string) => listStacks(store, region).filter(({ status }) => status !== "DELETE_COMPLETE");

/** In the order of their names. */
export function listExports(store: Store, region: string): Export[] {
  return living(store, region)
    .flatMap((stack) =>
      stack.outputs.flatMap(({ exportName, value }) => (exportName === undefined ? [] : [{ name: exportName, value, stack }])),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function findExport(store: Store, region: string, name: string): Export | undefined {
  return listExports(store, region).find((one) => one.name === name);
}

/** The stacks that import an export. */
export function importers(store: Store, region: string, name: string): Stack[] {
  return living(store, region).filter(({ imports }) => imports.includes(name));
}

/** Why a stack cannot have these outputs now, in CloudFormation's words. */
export function exportConflict(store: Store, stack: Stack, outputs: readonly StackOutput[]): string | undefined {
  const names = outputs.flatMap(({ exportName }) => exportName ?? []);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `Duplicate Export names: ${twice}`;
  for (const name of names) {
    const holder = findExport(store, stack.region, name);
    if (holder && holder.stack.id !== stack.id) return `Export with name ${name} is already exported by stack ${holder.stack.name}`;
  }
  for (const { exportName, value } of stack.outputs) {
    if (exportName === undefined) continue;
    const users = importers(store, stack.region, exportName).map(({ name }) => name);
    if (users.length === 0) continue;
    const next = outputs.find((output) => output.exportName === exportName);
    if (!next) return `Cannot delete export ${exportName} as it is in use by ${users.join(", ")}`;
    if (next.value !== value) return `Export ${exportName} cannot be updated as it is in use by ${users.join(", ")}`;
  }
  return undefined;
}
