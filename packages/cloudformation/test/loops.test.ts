import { expect, test } from "vitest";
import { checkTemplate, expandLoops, parseTemplate } from "../src/index.ts";

const written = (text: string, parameters: Record<string, string> = {}) =>
  expandLoops(parseTemplate(`Transform: AWS::LanguageExtensions\n${text}`), (name) => parameters[name]);

test("resources, outputs and properties are written out for each item", () => {
  const template = written(
    `
Parameters: {Names: {Type: CommaDelimitedList, Default: "a,b"}}
Resources:
  Fn::ForEach::Topics:
    - Name
    - !Ref Names
    - "Topic\${Name}":
        Type: AWS::SNS::Topic
        Properties: {TopicName: !Sub "\${Name}-\${AWS::Region}", DisplayName: !Ref Name}
Outputs:
  Fn::ForEach::Arns:
    - Name
    - [x-1, y]
    - "Arn&{Name}": {Value: !Ref "Topic\${Name}"}
`,
    { Names: "p, q" },
  );
  expect(template.Resources).toEqual({
    Topicp: { Type: "AWS::SNS::Topic", Properties: { TopicName: { "Fn::Sub": "p-${AWS::Region}" }, DisplayName: "p" } },
    Topicq: { Type: "AWS::SNS::Topic", Properties: { TopicName: { "Fn::Sub": "q-${AWS::Region}" }, DisplayName: "q" } },
  });
  expect(template.Outputs).toEqual({ Arnx1: { Value: { Ref: "Topicx-1" } }, Arny: { Value: { Ref: "Topicy" } } });
});

test("loops stand in loops, and their order is that of the template", () => {
  const template = written(`
Resources:
  First: {Type: AWS::SNS::Topic}
  Fn::ForEach::Outer:
    - A
    - [1, 2]
    - Fn::ForEach::Inner:
        - B
        - [x, y]
        - "T\${A}\${B}": {Type: AWS::SNS::Topic}
`);
  expect(Object.keys(template.Resources)).toEqual(["First", "T1x", "T1y", "T2x", "T2y"]);
  checkTemplate(template);
});

test.each([
  ["Resources:\n  Fn::ForEach::L: [A, [1]]", "Fn::ForEach::L requires an identifier, a collection, and a map to write out"],
  [
    "Resources:\n  Fn::ForEach::L: [A, !Ref None, {T: {Type: X}}]",
    "the collection of Fn::ForEach must be a list or the Ref of a list parameter",
  ],
  ["Resources:\n  Fn::ForEach::L: [A, [1, 2], {T: {Type: X}}]", "Fn::ForEach::L makes the key T twice"],
])("%j is refused", (text, message) => {
  expect(() => written(text)).toThrow(message);
});

test("without the transform there are no loops", () => {
  expect(() => expandLoops(parseTemplate("Resources:\n  Fn::ForEach::L: [A, [1], {T: {Type: X}}]"), () => undefined)).toThrow(
    "needs the transform AWS::LanguageExtensions",
  );
});
