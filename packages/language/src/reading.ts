/** For those who read an app, such as the compiler: the data behind the values that a user holds. */
export { appDataOf, declareApp, refusedStage } from "./app.ts";
export type { AppData, DeclaredApp } from "./app.ts";
export { declaredOf, facetDataOf } from "./declaration.ts";
export type { AnyDeclared, Declared, FacetData, Kind, Notes } from "./declaration.ts";
export { durationSeconds } from "./duration.ts";
export type { RotationInterval } from "./rotation.ts";
export { refusedInBrowser, refusedInEnv } from "./env.ts";
export { fargateSize, sizes } from "./size.ts";
export type { Source } from "./source.ts";
export { textPartsOf } from "./text.ts";
export type { AwsOptions } from "./aws.ts";
export type { ExistingOptions, ExistingVpc } from "./existing.ts";
export type { ProgramOptions } from "./program.ts";
export type { AuroraOptions } from "./aurora.ts";
export type { Entrance, Rollout } from "./service.ts";
export type { AlarmsOptions } from "./alarms.ts";
export type { Expect } from "./expect.ts";
