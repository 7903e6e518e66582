/** The conditions of rules: AWS's checks, and what the data plane makes of them. */
import { isIP } from "node:net";
import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ConditionSpec } from "../../runtime/load-balancer/specification.ts";
import { validationError } from "./errors.ts";

type Given = RuleCondition;
const fields = ["path-pattern", "host-header", "http-header", "http-request-method", "query-string", "source-ip"];
const maxValues = 5;
const maxValueLength = 128;

/** Checks them and fills in what AWS does: `Values` and the field's own member say the same. */
export function readConditions(given: readonly Given[]): RuleCondition[] {
  const read = given.map(readCondition);
  const count = read.reduce((sum, condition) => sum + valuesOf(condition).length, 0);
  if (count > maxValues) throw validationError(`A rule can only have '${maxValues}' condition values`);
  for (const once of ["path-pattern", "host-header", "http-request-method", "source-ip"]) {
    if (read.filter(({ Field }) => Field === once).length > 1) throw validationError(`A rule can only have one '${once}' condition`);
  }
  return read;
}

function valuesOf(condition: RuleCondition): readonly unknown[] {
  const { HostHeaderConfig, HttpHeaderConfig, HttpRequestMethodConfig, PathPatternConfig, QueryStringConfig, SourceIpConfig } = condition;
  const config =
    HostHeaderConfig ?? HttpHeaderConfig ?? PathPatternConfig ?? HttpRequestMethodConfig ?? QueryStringConfig ?? SourceIpConfig;
  return [...(config?.Values ?? []), ...((config as { RegexValues?: string[] } | undefined)?.RegexValues ?? [])];
}

function readCondition(condition: Given): RuleCondition {
  const { Field: field = "", Values: plain, RegexValues: plainRegex } = condition;
  if (!fields.includes(field)) {
    throw validationError(`Condition field '${field}' must be one of '[${fields.join(", ")}]'`);
  }
  switch (field) {
    case "path-pattern":
    case "host-header": {
      const member = field === "path-pattern" ? "PathPatternConfig" : "HostHeaderConfig";
      const config = condition[member];
      if (plain && plain.length > 0 && config)
        throw validationError(`You cannot provide both Values and '${member}' for a condition of type '${field}'`);
      if (!config && (plain?.length ?? 0) > 1) throw validationError(`The '${field}' field contains too many values; the limit is '1'`);
      const values = config?.Values ?? plain ?? [];
      const regexValues = config?.RegexValues ?? plainRegex ?? [];
      if (values.length + regexValues.length === 0) throw validationError("A condition value must be specified");
      for (const value of values) checkLength(field, value);
      for (const value of regexValues) checkRegex(field, value);
      if (field === "path-pattern") {
        for (const value of values)
          if (!/^[A-Za-z0-9_\-.$/~"'@:+&*?\\]+$/.test(value))
            throw validationError(`The path pattern '${value}' contains characters that are not valid`);
      } else {
        for (const value of values)
          if (!/^[A-Za-z0-9\-.*?]+$/.test(value)) throw validationError(`The host name '${value}' contains characters that are not valid`);
      }
      return {
        Field: field,
        ...(values.length > 0 && { Values: [...values] }),
        ...(regexValues.length > 0 && { RegexValues: [...regexValues] }),
        [member]: { ...(values.length > 0 && { Values: [...values] }), ...(regexValues.length > 0 && { RegexValues: [...regexValues] }) },
      };
    }
    case "http-header": {
      noPlainValues(field, plain);
      const config = condition.HttpHeaderConfig;
      if (!config) throw validationError("A 'HttpHeaderConfig' must be specified with 'http-header'");
      const { HttpHeaderName: name = "", Values: values = [], RegexValues: regexValues = [] } = config;
      if (name.length > 40) throw validationError("The 'HttpHeaderName' value is too long; the limit is '40'");
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) throw validationError("A 'HttpHeaderName' must be specified");
      if (name.toLowerCase() === "host")
        throw validationError("You cannot use the 'Host' header with 'http-header'; use 'host-header' instead");
      if (values.length + regexValues.length === 0) throw validationError("A condition value must be specified");
      for (const value of values) checkLength(field, value);
      for (const value of regexValues) checkRegex(field, value);
      return {
        Field: field,
        HttpHeaderConfig: {
          HttpHeaderName: name,
          ...(values.length > 0 && { Values: [...values] }),
          ...(regexValues.length > 0 && { RegexValues: [...regexValues] }),
        },
      };
    }
    case "http-request-method": {
      noPlainValues(field, plain);
      const values = condition.HttpRequestMethodConfig?.Values;
      if (!values) throw validationError("A 'HttpRequestMethodConfig' must be specified with 'http-request-method'");
      if (values.length === 0) throw validationError("A condition value must be specified");
      for (const value of values) {
        if (value.length > 40) throw validationError("The 'http-request-method' value is too long; the limit is '40'");
        if (!/^[A-Z_-]+$/.test(value))
          throw validationError("The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore");
      }
      return { Field: field, HttpRequestMethodConfig: { Values: [...values] } };
    }
    case "query-string": {
      noPlainValues(field, plain);
      const values = condition.QueryStringConfig?.Values;
      if (!values) throw validationError("A 'QueryStringConfig' must be specified with 'query-string'");
      if (values.length === 0) throw validationError("A condition value must be specified");
      for (const { Key, Value } of values) {
        if (Value === undefined) throw validationError("A 'Value' must be specified in 'QueryStringKeyValuePair'");
        if (Key !== undefined && Key.length > maxValueLength)
          throw validationError(`The 'Key' value is too long; the limit is '${maxValueLength}'`);
        if (Value.length > maxValueLength) throw validationError(`The 'Value' value is too long; the limit is '${maxValueLength}'`);
      }
      return { Field: field, QueryStringConfig: { Values: values.map((pair) => ({ ...pair })) } };
    }
    default: {
      noPlainValues(field, plain);
      const config = condition.SourceIpConfig;
      if (!config) throw validationError("A 'SourceIpConfig' must be specified with 'source-ip'");
      const values = config.Values ?? [];
      if (values.length === 0) throw validationError("A 'source-ip' value must be specified");
      for (const value of values) if (!isCidr(value)) throw validationError(`The 'source-ip' value '${value}' must be in CIDR format`);
      return { Field: field, SourceIpConfig: { Values: [...values] } };
    }
  }
}

function noPlainValues(field: string, values: readonly string[] | undefined): void {
  if (values && values.length > 0) throw validationError(`The 'Values' field is not compatible with '${field}'`);
}

function checkLength(field: string, value: string): void {
  if (value.length > maxValueLength) throw validationError(`The '${field}' value is too long; the limit is '${maxValueLength}'`);
}

function checkRegex(field: string, value: string): void {
  checkLength(field, value);
  if (!isExpression(value)) throw validationError(`The '${field}' regular expression '${value}' is not valid`);
}

export function isExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function isCidr(text: string): boolean {
  const [address = "", bits = ""] = text.split("/");
  const version = isIP(address);
  return version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

export function conditionSpec(condition: RuleCondition): ConditionSpec {
  const { HttpHeaderConfig: header, QueryStringConfig: query, PathPatternConfig, HostHeaderConfig } = condition;
  switch (condition.Field) {
    case "path-pattern":
    case "host-header": {
      const config = PathPatternConfig ?? HostHeaderConfig;
      return { field: condition.Field, values: config?.Values ?? [], regexValues: config?.RegexValues ?? [] };
    }
    case "http-header":
      return { field: "http-header", name: header!.HttpHeaderName!, values: header!.Values ?? [], regexValues: header!.RegexValues ?? [] };
    case "http-request-method":
      return { field: "http-request-method", values: condition.HttpRequestMethodConfig!.Values! };
    case "query-string":
      return {
        field: "query-string",
        values: query!.Values!.map(({ Key, Value }) => ({ ...(Key !== undefined && Key !== "" && { key: Key }), value: Value! })),
      };
    default:
      return { field: "source-ip", values: condition.SourceIpConfig!.Values! };
  }
}
