/** A value that differs by stage and is no secret: set like one, but shown openly. */
import type { standsInBrowser, standsInEnv, standsInText, standsInUses } from "./env.ts";
import { declare, type Declaration } from "./declaration.ts";

export interface SettingOptions {
  /** A program runs without it: its variable is left out while it has no value. @default false */
  readonly optional?: boolean;
  /** What Parameter Store calls it, exactly as written. @default `/{app}/{stage}/{key}` */
  readonly name?: string;
}

/** A setting. In `env` it stands for its value. */
export interface Setting extends Declaration<"setting"> {
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: "a setting cannot stand in text: its value is read when the program starts";
  readonly [standsInBrowser]: "may reach the browser";
}

/** Declares a setting. */
export function setting(options: SettingOptions = {}): Setting {
  return declare("setting", options);
}
