import { describe, expect, test } from "vitest";
import { checkTemplate, parseTemplate, TemplateError } from "../src/index.ts";

const group = "Type: AWS::Logs::LogGroup";

describe("checkTemplate says what CloudFormation says", () => {
  test.each([
    ["Foo: 1\nResources: {A: {Type: T}}", "Invalid template property or properties [Foo]"],
    ["Description: x", "Template format error: At least one Resources member must be defined."],
    ["Resources: ''", "Template format error: Any Resources member must be an object."],
    [
      `Resources:\n  A: {${group}}\nOutputs:\n  O: {Description: x}`,
      "Template format error: Every Outputs member must contain a Value object",
    ],
    [`Resources:\n  A: {${group}}\nOutputs:\n  O:\n    Value:`, "[/Outputs/O/Value] 'null' values are not allowed in templates"],
    [
      `Resources:\n  A: {${group}, Properties: {Tags: [{Key: k, Value: ~}]}}`,
      "[/Resources/A/Properties/Tags/0/Value] 'null' values are not allowed in templates",
    ],
    [`Mappings: {M: {A: x}}\nResources: {A: {${group}}}`, "Template format error: Every Mappings member A must be a map"],
    [
      `Mappings: {M: {A: {B: !Ref C}}}\nResources: {A: {${group}}}`,
      "Template format error: Every Mappings attribute must be a String or a List.",
    ],
    [
      "AWSTemplateFormatVersion: 2011-01-01\nResources: {A: {Type: T}}",
      "Template format error: unsupported value for AWSTemplateFormatVersion.",
    ],
    ["Resources: {A-b: {Type: T}}", "Template format error: Resource name A-b is non alphanumeric."],
    ["Resources: {A: {Properties: {}}}", "Template format error: [/Resources/A] Every Resources object must contain a Type member."],
    ["Resources: {A: {Type: T, Props: {}}}", "Invalid template resource property 'Props'"],
    [
      `Resources:\n  A: {${group}, Properties: {LogGroupName: !Ref B}}`,
      "Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
    ],
    [
      `Resources:\n  A: {${group}, Properties: {LogGroupName: !Sub "x\${B}"}}`,
      "Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
    ],
    [
      `Resources:\n  A: {${group}, DependsOn: B}`,
      "Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
    ],
    [
      `Resources:\n  A: {${group}}\nOutputs:\n  O: {Value: !Ref B}`,
      "Template format error: Unresolved resource dependencies [B] in the Outputs block of the template",
    ],
    [
      `Resources:\n  A: {${group}}\nOutputs:\n  O: {Value: !GetAtt B.Arn}`,
      "Template error: instance of Fn::GetAtt references undefined resource B",
    ],
    [
      `Resources:\n  A: {${group}}\nOutputs:\n  O: {Value: !GetAtt A.Nope}`,
      "Template error: resource A does not support attribute type Nope in Fn::GetAtt",
    ],
    [
      `Resources:\n  A: {${group}, Condition: C}`,
      "Template format error: Unresolved condition dependency C in the Resources block of the template",
    ],
    [
      `Resources:\n  A: {${group}, Properties: {LogGroupName: !If [C, a, b]}}`,
      "Template format error: Unresolved condition dependency C in the Resources block of the template",
    ],
    [
      `Conditions: {C: !Equals [!Ref A, b]}\nResources:\n  A: {${group}}`,
      "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template",
    ],
    [
      `Resources:\n  A: {${group}, DependsOn: B}\n  B: {${group}, Properties: {LogGroupName: !Ref A}}\n  C: {${group}, DependsOn: A}`,
      "Circular dependency between resources: [A, B]",
    ],
    [`Transform: Made-Up\nResources:\n  A: {${group}}`, "No transform named Made-Up found."],
    [
      `Resources:\n  A: {${group}, DeletionPolicy: Snapshot}`,
      "Template format error: Snapshot deletion policy is not supported for resource type AWS::Logs::LogGroup",
    ],
    [`Resources:\n  A: {${group}, DeletionPolicy: Maybe}`, "Template format error: Unrecognized DeletionPolicy Maybe for resource A"],
    [
      `Resources:\n  A: {${group}, Properties: {LogGroupName: !GetAtt A}}`,
      "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
    ],
  ])("%j", (text, message) => {
    expect(() => checkTemplate(parseTemplate(text))).toThrow(new TemplateError(message));
  });

  test("too many resources", () => {
    const Resources = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`R${index}`, { Type: "T" }]));
    expect(() => checkTemplate({ Resources })).toThrow("Number of resources, 501, is greater than maximum allowed, 500");
  });

  test("a sound template passes", () => {
    checkTemplate(
      parseTemplate(`
Parameters: {Name: {Type: String}}
Conditions: {Named: !Not [!Equals [!Ref Name, ""]]}
Resources:
  A: {${group}, Condition: Named, Properties: {LogGroupName: !Ref Name}}
  B: {${group}, DependsOn: [A], Properties: {LogGroupName: !Sub "\${A}-\${AWS::Region}-\${!literal}"}}
Outputs:
  O: {Value: !GetAtt B.Arn, Condition: Named}
`),
    );
  });
});
