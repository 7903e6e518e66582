/** From an app in the language to stacks of plain CloudFormation. */
export type * from "./assembly.ts";
