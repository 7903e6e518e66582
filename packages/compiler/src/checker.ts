/** How checks look at the options of one thing: what does not hold is a fault with its key, what was written, and what would be right. */
import { durationSeconds } from "@plinth/language/reading";
import type { FaultList } from "./faults.ts";
import type { Named } from "./inventory.ts";

/** What ECS, CloudWatch and others call a thing. */
export const physicalName = /^[A-Za-z0-9_-]{1,255}$/;
/** A name in DNS, without a wildcard. */
export const domainName = /^(?=.{1,246}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

export interface Checker {
  refuse(code: string, message: string): void;
  /** A whole number within bounds, where it is given. */
  integer(option: string, value: number | undefined, minimum: number, maximum: number): void;
  pattern(option: string, value: string | undefined, pattern: RegExp, what: string): void;
  oneOf(option: string, value: string | undefined, values: readonly string[]): void;
  seconds(option: string, value: string | undefined, minimum: number, maximum: number): void;
}

export function checker(named: Pick<Named, "key"> & { declared: { source: Named["declared"]["source"] } }, faults: FaultList): Checker {
  const refuse: Checker["refuse"] = (code, message) => faults.add({ code, key: named.key, message, at: named.declared.source });
  return {
    refuse,
    integer(option, value, minimum, maximum) {
      if (value === undefined || (Number.isInteger(value) && value >= minimum && value <= maximum)) return;
      refuse("bad-option", `${named.key}: ${option} is ${value}: write a whole number from ${minimum} to ${maximum}`);
    },
    pattern(option, value, pattern, what) {
      if (value === undefined || pattern.test(value)) return;
      refuse("bad-option", `${named.key}: ${option} is "${value}", which is not ${what}`);
    },
    oneOf(option, value, values) {
      if (value === undefined || values.includes(value)) return;
      refuse("bad-option", `${named.key}: ${option} is "${value}": write one of ${values.map((one) => `"${one}"`).join(", ")}`);
    },
    seconds(option, value, minimum, maximum) {
      if (value === undefined) return;
      const seconds = durationSeconds(value);
      if (seconds !== undefined && seconds >= minimum && seconds <= maximum) return;
      refuse(
        "bad-option",
        `${named.key}: ${option} is "${value}": write ${minimum} to ${maximum} seconds, with the unit, like "${minimum} second${minimum === 1 ? "" : "s"}"`,
      );
    },
  };
}
