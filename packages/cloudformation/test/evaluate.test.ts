import { describe, expect, test } from "vitest";
import {
  checkActive,
  dynamicReferences,
  evaluate,
  NotYetMade,
  parseTemplate,
  replaceDynamicReferences,
  resolveParameters,
  TemplateError,
} from "../src/index.ts";

const pseudo = { accountId: "123456789012", region: "eu-central-1", stackId: "arn:stack", stackName: "shop" };

async function evaluation(
  text: string,
  given: Record<string, string> = {},
  made: Record<string, { physicalId: string; attributes: Record<string, unknown> }> = {},
) {
  const template = parseTemplate(text);
  const parameters = await resolveParameters({
    template,
    given: Object.entries(given).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
  });
  return evaluate({
    template,
    parameters,
    pseudo,
    resource: (id) => made[id],
    importValue: (name) => (name === "vpc" ? "vpc-1" : undefined),
    zones: (region) => [`${region}a`, `${region}b`],
  });
}

const value = async (yaml: string) => (await evaluation(`Resources: {A: {Type: T, Properties: {V: ${yaml}}}}`)).properties("A").V;

describe("functions", () => {
  test.each([
    ['!Join ["-", [a, 1, true]]', "a-1-true"],
    ['!Split [",", "a,b,,c"]', ["a", "b", "", "c"]],
    ['!Select ["1", !GetAZs ""]', "eu-central-1b"],
    ["!Select [0, !GetAZs us-east-1]", "us-east-1a"],
    ["!Base64 héllo", "aMOpbGxv"],
    ["!Cidr [10.0.0.0/16, 3, 8]", ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]],
    ['!Cidr ["2001:db8::/56", 2, 64]', ["2001:db8::/64", "2001:db8:0:1::/64"]],
    ['!Sub "${AWS::Partition}/${!Literal}/${AWS::AccountId}"', "aws/${Literal}/123456789012"],
    ['!Sub ["${x}${AWS::Region}", {x: !Join ["", [a, b]]}]', "abeu-central-1"],
    ["!ImportValue vpc", "vpc-1"],
    ["{Fn::Length: [1, 2]}", 2],
    ["{Fn::ToJsonString: {a: [1]}}", '{"a":[1]}'],
    ["[!Ref AWS::NoValue, 1]", [1]],
  ])("%s", async (yaml, expected) => {
    expect(await value(yaml)).toEqual(expected);
  });

  test.each([
    ["!Select [5, [a]]", "Template error: Fn::Select cannot select nonexistent value at index 5"],
    [
      '!Join ["", a]',
      "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
    ],
    ["!ImportValue nope", "No export named nope found."],
    ["!FindInMap [M, a, b]", "Template error: Mapping named 'M' is not present in the 'Mappings' section of template."],
    ["!Cidr [10.0.0.0/24, 300, 8]", "Template error: every Fn::Cidr object requires an IP block, a count from 1 to 256, and the CIDR bits"],
    ["!Cidr [10.0.0.0/24, 2, 8]", "Template error: Fn::Cidr cannot make 2 blocks of 8 bits out of 10.0.0.0/24"],
    [
      '!Sub "${a-b}"',
      "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons",
    ],
  ])("%s is refused", async (yaml, message) => {
    await expect(value(yaml)).rejects.toThrow(new TemplateError(message));
  });
});

test("conditions, mappings, NoValue and references to what stands", async () => {
  const text = `
Parameters:
  Stage: {Type: String, Default: dev}
  Zones: {Type: "List<AWS::EC2::AvailabilityZone::Name>", Default: "a, b"}
Mappings: {Size: {prod: {n: 3}, dev: {n: 1}}}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Small: !Not [!Condition Prod]
  Either: !Or [!Condition Prod, !Equals [!FindInMap [Size, !Ref Stage, n], "1"]]
Resources:
  A: {Type: T, Condition: Prod}
  B:
    Type: T
    Properties:
      Count: !FindInMap [Size, !Ref Stage, n]
      Other: !If [Prod, !Ref A, !Ref AWS::NoValue]
      Zones: !Ref Zones
      Arn: !GetAtt C.Arn
  C: {Type: T}
Outputs:
  Only: {Value: !GetAtt A.Arn, Condition: Prod}
  Name: {Value: !Sub "\${C}!", Export: {Name: !Sub "\${AWS::StackName}-c"}}
`;
  const made = { C: { physicalId: "c-1", attributes: { Arn: "arn:c" } } };
  const dev = await evaluation(text, {}, made);
  expect(dev.conditions).toEqual({ Prod: false, Small: true, Either: true });
  expect([dev.isActive("A"), dev.isActive("B")]).toEqual([false, true]);
  expect(dev.properties("B")).toEqual({ Count: 1, Zones: ["a", "b"], Arn: "arn:c" });
  expect(dev.outputs()).toEqual({ Name: { value: "c-1!", exportName: "shop-c" } });
  const prod = await evaluation(text, { Stage: "prod" }, made);
  expect(() => prod.properties("B")).toThrow(new NotYetMade("A"));
});

test("what is made may not refer to what is not", async () => {
  const text = `
Conditions: {Never: !Equals [a, b]}
Resources:
  A: {Type: T, Condition: Never}
  B: {Type: T, Properties: {V: !Ref A}}
`;
  expect(() => checkActive(parseTemplate(text), evaluateSync)).not.toThrow();
  const off = await evaluation(text);
  expect(() => checkActive(parseTemplate(text), off)).toThrow(
    "Template format error: Unresolved resource dependencies [A] in the Resources block of the template",
  );
});

const evaluateSync = evaluate({ template: { Resources: {} }, parameters: {}, pseudo, resource: () => undefined });
evaluateSync.isActive = () => true;

describe("parameters", () => {
  const template = parseTemplate(`
Parameters:
  Name: {Type: String, AllowedPattern: "[a-z]+", MinLength: 2, MaxLength: 4, Default: abc}
  Env: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Told: {Type: String, Default: ok, AllowedPattern: ok, ConstraintDescription: say ok}
  Count: {Type: Number, MinValue: 1, MaxValue: 3, Default: 1}
  Secret: {Type: String, NoEcho: true}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /image}
Resources: {A: {Type: T}}
`);
  const resolve = (given: Record<string, string>, previous?: Record<string, string>) =>
    resolveParameters({
      template,
      given: Object.entries({ Secret: "s", ...given }).map(([ParameterKey, ParameterValue]) =>
        ParameterValue === "<previous>" ? { ParameterKey, UsePreviousValue: true } : { ParameterKey, ParameterValue },
      ),
      ...(previous ? { previous } : {}),
      ssm: async (name) => (name === "/image" ? "ami-1" : undefined),
    });

  test("defaults, previous values and stored ones", async () => {
    const resolved = await resolve({ Env: "<previous>" }, { Env: "prod" });
    expect(resolved.Env).toEqual({ value: "prod", given: "prod", noEcho: false });
    expect(resolved.Secret).toMatchObject({ noEcho: true });
    expect(resolved.Image).toEqual({ value: "ami-1", given: "/image", noEcho: false, resolved: "ami-1" });
  });

  test.each([
    [{ Name: "ABC" }, "Parameter 'Name' must match pattern [a-z]+"],
    [{ Name: "a" }, "Parameter 'Name' must contain at least 2 characters"],
    [{ Name: "abcde" }, "Parameter 'Name' must contain at most 4 characters"],
    [{ Env: "x" }, "Parameter 'Env' must be one of AllowedValues"],
    [{ Told: "no" }, "Parameter Told failed to satisfy constraint: say ok"],
    [{ Count: "9" }, "Parameter 'Count' must be a number not greater than 3"],
    [{ Count: "many" }, "Parameter 'Count' must be a number"],
    [{ Nope: "1" }, "Parameters: [Nope] do not exist in the template"],
    [{ Image: "/none" }, "Unable to fetch parameters [/none] from parameter store for this account."],
    [
      { Env: "<previous>" },
      "Invalid input for parameter key Env. Cannot specify usePreviousValue as true for a parameter key not in the previous template",
    ],
  ])("%j is refused", async (given, message) => {
    await expect(resolve(given)).rejects.toThrow(new TemplateError(message));
  });

  test("what has no value is named", async () => {
    await expect(resolveParameters({ template, given: [] })).rejects.toThrow("Parameters: [Secret] must have values");
  });
});

test("dynamic references are found and replaced anywhere", async () => {
  const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf";
  const properties = {
    Password: `{{resolve:secretsmanager:${arn}:SecretString:password}}`,
    Url: ["x{{resolve:ssm:/a/b:3}}y{{resolve:ssm-secure:key}}"],
    Latest: "{{resolve:secretsmanager:name}}",
  };
  expect(dynamicReferences(properties)).toEqual([
    { service: "secretsmanager", text: properties.Password, secretId: arn, jsonKey: "password" },
    { service: "ssm", text: "{{resolve:ssm:/a/b:3}}", name: "/a/b", version: "3" },
    { service: "ssm-secure", text: "{{resolve:ssm-secure:key}}", name: "key" },
    { service: "secretsmanager", text: properties.Latest, secretId: "name" },
  ]);
  const replaced = await replaceDynamicReferences(properties, async (reference) =>
    "name" in reference ? `$&${reference.name}` : "secret",
  );
  expect(replaced).toEqual({ Password: "secret", Url: ["x$&/a/by$&key"], Latest: "secret" });
});
