/** Templates: their form, their functions, their dependencies, their differences. Pure: no input, no output. */
export type * from "./template.ts";
