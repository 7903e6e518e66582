/** Which rule a request meets: conditions made into tests once, asked in order of priority. */
import { BlockList, isIPv6 } from "node:net";
import { headerOf } from "./http-head.ts";
import { type ClientRequest, hostName } from "./request.ts";
import type { ConditionSpec, RuleSpec } from "./specification.ts";

type Test = (request: ClientRequest) => boolean;

export interface CompiledRule {
  rule: RuleSpec;
  matches: Test;
}

export function compileRules(rules: readonly RuleSpec[]): CompiledRule[] {
  return rules.map((rule) => {
    const tests = rule.conditions.map(testOf);
    const [only] = tests;
    return {
      rule,
      matches: tests.length === 0 ? () => true : tests.length === 1 ? only! : (request) => tests.every((test) => test(request)),
    };
  });
}

/** The first that matches; the default rule, which is last, always does. */
export function ruleFor(rules: readonly CompiledRule[], request: ClientRequest): RuleSpec {
  for (const { rule, matches } of rules) if (matches(request)) return rule;
  throw new Error("a listener has no default rule");
}

/** Values of one condition: any; conditions of a rule: all. Paths keep their case, all else does not (AWS, "Condition types for listener rules"). */
function testOf(condition: ConditionSpec): Test {
  switch (condition.field) {
    case "path-pattern": {
      const any = patterns(condition.values, condition.regexValues, "");
      return ({ path }) => any(path);
    }
    case "host-header": {
      const any = patterns(condition.values, condition.regexValues, "i");
      return ({ host }) => any(hostName(host));
    }
    case "http-header": {
      const any = patterns(condition.values, condition.regexValues, "i");
      const name = condition.name.toLowerCase();
      return ({ headers }) => {
        const value = headerOf(headers, name);
        return value !== undefined && any(value);
      };
    }
    case "http-request-method": {
      const methods = new Set(condition.values);
      return ({ method }) => methods.has(method);
    }
    case "query-string": {
      const wanted = condition.values.map(({ key, value }) => ({
        key: key === undefined ? undefined : wildcard(key, "i"),
        value: wildcard(value, "i"),
      }));
      return ({ query }) => {
        if (query === "") return false;
        const pairs = query.split("&").map((pair) => {
          const at = pair.indexOf("=");
          return at < 0 ? { key: decoded(pair), value: "" } : { key: decoded(pair.slice(0, at)), value: decoded(pair.slice(at + 1)) };
        });
        // A value without a key may stand on either side.
        return wanted.some(({ key, value }) =>
          pairs.some((pair) => (key ? key.test(pair.key) && value.test(pair.value) : value.test(pair.value) || value.test(pair.key))),
        );
      };
    }
    case "source-ip": {
      const list = new BlockList();
      for (const cidr of condition.values) {
        const [address = "", bits = "32"] = cidr.split("/");
        list.addSubnet(address, Number(bits), isIPv6(address) ? "ipv6" : "ipv4");
      }
      return ({ client }) => list.check(client.address, isIPv6(client.address) ? "ipv6" : "ipv4");
    }
  }
}

function patterns(values: readonly string[], regexValues: readonly string[], flags: string): (text: string) => boolean {
  const all = [...values.map((value) => wildcard(value, flags)), ...regexValues.map((value) => new RegExp(value, flags))];
  if (all.length === 1) {
    const [only] = all;
    return (text) => only!.test(text);
  }
  return (text) => all.some((each) => each.test(text));
}

/** `*` is any number of characters, `?` exactly one. */
export function wildcard(pattern: string, flags: string): RegExp {
  const source = pattern
    // Several stars are one: else a long name would be tried in very many ways.
    .replaceAll(/\*+/g, "*")
    .replaceAll(/\\(.)|[.+^${}()|[\]\\/]/g, (found: string, escaped: string | undefined) =>
      escaped === undefined ? `\\${found}` : `\\${escaped}`,
    )
    .replaceAll(/(?<!\\)\*/g, ".*")
    .replaceAll(/(?<!\\)\?/g, ".");
  return new RegExp(`^${source}$`, `s${flags}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
