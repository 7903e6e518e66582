/** Random passwords, by GetRandomPassword's rules. */
import { checkConstraints } from "../../constraints.ts";
import type { Random } from "../../world.ts";
import { invalidParameter } from "./errors.ts";

export interface PasswordRules {
  /** 1–4096. Default: 32. */
  PasswordLength?: number | undefined;
  ExcludeCharacters?: string | undefined;
  ExcludeNumbers?: boolean | undefined;
  ExcludePunctuation?: boolean | undefined;
  ExcludeUppercase?: boolean | undefined;
  ExcludeLowercase?: boolean | undefined;
  IncludeSpace?: boolean | undefined;
  /** Default: yes. */
  RequireEachIncludedType?: boolean | undefined;
}

const lowercase = "abcdefghijklmnopqrstuvwxyz";
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

export function randomPassword(random: Random, rules: PasswordRules): string {
  const { PasswordLength: length = 32, ExcludeCharacters: excluded = "" } = rules;
  checkConstraints("ValidationException", {
    passwordLength: [length, { range: [1, 4096] }],
    excludeCharacters: [excluded, { length: [0, 4096] }],
  });
  const types = [
    rules.ExcludeLowercase ? "" : lowercase,
    rules.ExcludeUppercase ? "" : lowercase.toUpperCase(),
    rules.ExcludeNumbers ? "" : "0123456789",
    rules.ExcludePunctuation ? "" : punctuation,
    rules.IncludeSpace ? " " : "",
  ].map((characters) => [...characters].filter((character) => !excluded.includes(character)).join(""));
  const included = types.filter((characters) => characters !== "");
  if (included.length === 0) throw invalidParameter("The password must include at least one character type.");

  // Four characters have room for four types: the space then stands for the punctuation.
  const demanded =
    included.includes(" ") && included.length > length ? included.filter((characters) => !punctuation.includes(characters[0]!)) : included;
  const required = (rules.RequireEachIncludedType ?? true) ? demanded.map((characters) => random.text(1, characters)) : [];
  if (required.length > length) throw invalidParameter("Password length too short based on the required types.");
  const all = [...required, ...random.text(length - required.length, included.join(""))];
  // The required ones stand first until they are mixed in (Fisher and Yates).
  for (let last = all.length - 1; last > 0; last--) {
    const other = Buffer.from(random.bytes(4)).readUInt32BE() % (last + 1);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all.join("");
}
