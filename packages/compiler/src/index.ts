/** From an app in the language to stacks of plain CloudFormation. */
export type * from "./assembly.ts";
export { administrationSql, loginSql, type AdministrationOptions, type LoginVerifier } from "./administration-sql.ts";
export { compile, type CompileOptions } from "./compile.ts";
export { AppFaults, type Fault } from "./faults.ts";
export { scramVerifier } from "./scram.ts";
