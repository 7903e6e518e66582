import { describe, expect, test } from "vitest";
import { parseTemplate, TemplateError } from "../src/index.ts";

describe("parseTemplate", () => {
  test("reads short forms of every shape", () => {
    const template = parseTemplate(`
AWSTemplateFormatVersion: 2010-09-09
Conditions:
  Big: !And [!Condition Wide, !Not [!Equals [!Ref Size, small]]]
  Wide: !Equals [a, b]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub "\${AWS::StackName}-x"
      DisplayName: !If [Big, !GetAtt Other.Endpoint.Address, !Ref AWS::NoValue]
      Tags: !Split [",", !Join ["-", [a, !Select [0, !GetAZs ""]]]]
      Text: !Sub
        - "\${a}"
        - a: !ImportValue name
      Nested: !Base64
        Fn::Sub: x
      Cidr: !Cidr [10.0.0.0/16, 4, 8]
      Map: !FindInMap [A, B, C]
`);
    expect(template.AWSTemplateFormatVersion).toBe("2010-09-09");
    expect(template.Conditions).toEqual({
      Big: { "Fn::And": [{ Condition: "Wide" }, { "Fn::Not": [{ "Fn::Equals": [{ Ref: "Size" }, "small"] }] }] },
      Wide: { "Fn::Equals": ["a", "b"] },
    });
    expect(template.Resources.Topic!.Properties).toEqual({
      TopicName: { "Fn::Sub": "${AWS::StackName}-x" },
      DisplayName: { "Fn::If": ["Big", { "Fn::GetAtt": ["Other", "Endpoint.Address"] }, { Ref: "AWS::NoValue" }] },
      Tags: { "Fn::Split": [",", { "Fn::Join": ["-", ["a", { "Fn::Select": [0, { "Fn::GetAZs": "" }] }]] }] },
      Text: { "Fn::Sub": ["${a}", { a: { "Fn::ImportValue": "name" } }] },
      Nested: { "Fn::Base64": { "Fn::Sub": "x" } },
      Cidr: { "Fn::Cidr": ["10.0.0.0/16", 4, 8] },
      Map: { "Fn::FindInMap": ["A", "B", "C"] },
    });
  });

  test("reads JSON, anchors and YAML 1.1 booleans", () => {
    expect(parseTemplate('{"Resources": {"A": {"Type": "T"}}}').Resources.A).toEqual({ Type: "T" });
    const { Resources } = parseTemplate("Resources:\n  A: &a\n    Type: T\n    Properties: {On: yes, Port: 0x10, Octal: '010'}\n  B: *a\n");
    expect(Resources.B).toEqual({ Type: "T", Properties: { On: true, Port: 16, Octal: "010" } });
  });

  test.each([
    ["", "Template format error: unsupported structure."],
    ["just text", "Template format error: unsupported structure."],
    ["[1, 2]", "Template format error: unsupported structure."],
    ['{"Resources": ', "Template format error: JSON not well-formed. (line 1, column 15)"],
    ['{\n  "Resources"={}}', "Template format error: JSON not well-formed. (line 2, column 15)"],
    ["Resources:\n  A: {", "Template format error: YAML not well-formed. (line 2, column 7)"],
    ["Resources:\n  A: 1\n  A: 2\n", "Template format error: YAML not well-formed. (line 3, column 3)"],
    ["Resources:\n  A: !Unknown x\n", "Template format error: YAML not well-formed. Unknown tag !Unknown"],
  ])("refuses %j", (text, message) => {
    expect(() => parseTemplate(text)).toThrow(new TemplateError(message));
  });
});
