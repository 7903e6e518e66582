/** A value that the app's operator sets, and that nobody sees: `plinth secrets set NAME`. */
import type { SecretFacet, standsInBrowser, standsInEnv, standsInText, standsInUses } from "./env.ts";
import { declare, facet, type Declaration } from "./declaration.ts";

interface SecretBase {
  /** A program runs without it: its variable is left out while it has no value. @default false */
  readonly optional?: boolean;
  /** What AWS calls it, exactly as written. @default `{app}/{stage}/{key}`, in Parameter Store with a `/` before it */
  readonly name?: string;
}

interface SecretsManagerOptions<Fields extends readonly string[]> extends SecretBase {
  /** Where it is kept. Parameter Store is free; Secrets Manager has fields, versions and rotation. @default "secrets-manager" */
  readonly store?: "secrets-manager";
  /** The members of its JSON text, for `.field(…)`. @default none: it is one text */
  readonly fields?: Fields;
}

/** A value that nobody can write, with the reason for a name. */
export interface OnlySecretsManagerHasFields {
  readonly [refused]: never;
}
declare const refused: unique symbol;

interface ParameterStoreOptions extends SecretBase {
  /** Where it is kept: a SecureString. */
  readonly store: "parameter-store";
  /** Only Secrets Manager has fields. */
  readonly fields?: OnlySecretsManagerHasFields;
}

export type SecretOptions<Fields extends readonly string[] = readonly string[]> = SecretsManagerOptions<Fields> | ParameterStoreOptions;

/** A secret. In `env` it stands for its value, which is never in a template. */
export interface Secret<Field extends string = string> extends Declaration<"secret"> {
  /** One member of its JSON text. */
  field(name: Field): SecretFacet;
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: "a secret cannot stand in text";
  readonly [standsInBrowser]: "a secret must not reach the browser";
}

/** Declares a secret. */
export function secret<const Fields extends readonly string[] = readonly []>(options: SecretOptions<Fields> = {}): Secret<Fields[number]> {
  return declare("secret", options, (own) => ({ field: (name: string) => facet(own, "field", name) }));
}
