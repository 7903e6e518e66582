/** Secrets: NoEcho parameters and dynamic references reach the handler, and nothing that can be read. */
import { expect, test } from "vitest";
import { fakeCloud, failing } from "./fake-cloud.ts";

const template = JSON.stringify({
  Parameters: { Password: { Type: "String", NoEcho: true } },
  Resources: {
    A: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: { "Fn::Sub": "p=${Password}" } } },
    B: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "{{resolve:ssm-secure:/shop/key}}" } },
  },
});

async function everythingReadable(fake: ReturnType<typeof fakeCloud>, changeSet: string): Promise<string> {
  const StackName = "shop";
  return JSON.stringify([
    await fake.call("cloudformation", "DescribeStacks", { StackName }),
    await fake.call("cloudformation", "DescribeStackEvents", { StackName }),
    await fake.call("cloudformation", "DescribeStackResources", { StackName }),
    await fake.call("cloudformation", "GetTemplate", { StackName }),
    await fake.call("cloudformation", "DescribeChangeSet", { ChangeSetName: changeSet, IncludePropertyValues: true }),
  ]);
}

test("values are used and never shown, also when the service repeats them in its error", async () => {
  using fake = fakeCloud();
  await fake.call("ssm", "PutParameter", { Name: "/shop/key", Type: "SecureString", Value: "verysecretkey" });
  const Parameters = [{ ParameterKey: "Password", ParameterValue: "hunter22" }];
  await fake.call("cloudformation", "CreateStack", { StackName: "shop", TemplateBody: template, Parameters });
  await fake.engine.idle();
  expect([...fake.services.things.values()].map(({ properties }) => properties.Value)).toEqual(["p=hunter22", "verysecretkey"]);

  const { Id } = await fake.call("cloudformation", "CreateChangeSet", {
    StackName: "shop",
    ChangeSetName: "next",
    TemplateBody: template,
    Parameters: [{ ParameterKey: "Password", ParameterValue: "hunter33" }],
  });
  const shown = await everythingReadable(fake, Id!);
  for (const secret of ["hunter22", "hunter33", "verysecretkey"]) expect(shown).not.toContain(secret);
  expect(shown).toContain('"ParameterValue":"****"');
  expect(shown).toContain("{{resolve:ssm-secure:/shop/key}}");

  fake.services.before = failing("update A", "the value p=hunter33 with verysecretkey is not allowed");
  await fake.call("cloudformation", "ExecuteChangeSet", { ChangeSetName: Id! });
  await fake.engine.idle();
  const failed = await everythingReadable(fake, Id!);
  expect(failed).toContain("the value p=**** with");
  for (const secret of ["hunter22", "hunter33"]) expect(failed).not.toContain(secret);
});

test("a value that is read from another resource is not shown either", async () => {
  using fake = fakeCloud();
  const text = (Value: unknown) => ({ Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value } });
  const TemplateBody = JSON.stringify({
    Parameters: { Password: { Type: "String", NoEcho: true } },
    Resources: {
      A: { Type: "AWS::SNS::Topic", Properties: { DisplayName: { Ref: "Password" } } },
      B: text({ "Fn::GetAtt": ["A", "DisplayName"] }),
      C: text({ "Fn::GetAtt": ["B", "Value"] }),
    },
  });
  const given = (ParameterValue: string) => ({ TemplateBody, Parameters: [{ ParameterKey: "Password", ParameterValue }] });
  await fake.call("cloudformation", "CreateStack", { StackName: "shop", ...given("hunter22") });
  await fake.engine.idle();
  expect([...fake.services.things.values()].map(({ properties }) => properties.Value)).toEqual([undefined, "hunter22", "hunter22"]);
  const { Id } = await fake.call("cloudformation", "CreateChangeSet", { StackName: "shop", ChangeSetName: "next", ...given("hunter33") });
  const shown = await everythingReadable(fake, Id!);
  for (const secret of ["hunter22", "hunter33"]) expect(shown).not.toContain(secret);
});

test("no dynamic reference's value is kept in the state", async () => {
  using fake = fakeCloud();
  await fake.call("ssm", "PutParameter", { Name: "/shop/key", Type: "SecureString", Value: "verysecretkey" });
  await fake.call("cloudformation", "CreateStack", {
    StackName: "shop",
    TemplateBody: template,
    Parameters: [{ ParameterKey: "Password", ParameterValue: "hunter22" }],
  });
  await fake.engine.idle();
  const rows = fake.store.state.prepare("select collection, value from document where collection like 'cloudformation.%'").all();
  // The attribute Value is what the fake type answers; a real type does not answer a secret.
  const text = JSON.stringify(rows.map(({ value }) => String(value).replaceAll(/"attributes":\{[^}]*\}/g, "")));
  expect(text).not.toContain("verysecretkey");
});
