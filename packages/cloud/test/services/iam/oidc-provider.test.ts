/** OpenID Connect providers by CloudFormation, as a pipeline's role template has one. */
import { expect, test } from "vitest";
import { startTestCloud } from "../../cloud.ts";

const template = (ClientIdList: string[], team: string) =>
  JSON.stringify({
    Resources: {
      Provider: {
        Type: "AWS::IAM::OIDCProvider",
        Properties: {
          Url: "https://token.actions.githubusercontent.com",
          ClientIdList,
          ThumbprintList: ["6938fd4d98bab03faadb97b34396831e3780aea1"],
          Tags: [{ Key: "team", Value: team }],
        },
      },
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { Federated: { Ref: "Provider" } }, Action: "sts:AssumeRoleWithWebIdentity" }],
          },
        },
      },
    },
    Outputs: { Arn: { Value: { "Fn::GetAtt": ["Provider", "Arn"] } } },
  });

test("a provider is made, changed in place, seen to drift, and goes with its stack", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const stack = async () => (await call("cloudformation", "DescribeStacks", { StackName: "ci" })).Stacks![0]!;
  const settled = () => expect.poll(async () => (await stack()).StackStatus, { interval: 20 });
  const given = { StackName: "ci", Capabilities: ["CAPABILITY_IAM" as const] };
  await call("cloudformation", "CreateStack", { ...given, TemplateBody: template(["sts.amazonaws.com", "old"], "a") });
  await settled().toBe("CREATE_COMPLETE");
  const OpenIDConnectProviderArn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
  expect((await stack()).Outputs).toMatchObject([{ OutputValue: OpenIDConnectProviderArn }]);
  const provider = () => call("iam", "GetOpenIDConnectProvider", { OpenIDConnectProviderArn });
  const tooLong = { Url: "https://a.example", ClientIDList: ["b".repeat(256)], ThumbprintList: ["b".repeat(41)] };
  await expect(call("iam", "CreateOpenIDConnectProvider", tooLong)).rejects.toMatchObject({
    message:
      "2 validation errors detected: Value at 'clientIDList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]",
  });
  expect(await provider()).toMatchObject({
    Url: "token.actions.githubusercontent.com",
    ClientIDList: ["sts.amazonaws.com", "old"],
    Tags: [{ Key: "team", Value: "a" }],
  });
  await call("cloudformation", "UpdateStack", { ...given, TemplateBody: template(["sts.amazonaws.com", "new"], "b") });
  await settled().toBe("UPDATE_COMPLETE");
  expect(await provider()).toMatchObject({ ClientIDList: ["sts.amazonaws.com", "new"], Tags: [{ Key: "team", Value: "b" }] });
  await call("iam", "RemoveClientIDFromOpenIDConnectProvider", { OpenIDConnectProviderArn, ClientID: "new" });
  const drift = await call("cloudformation", "DetectStackResourceDrift", { StackName: "ci", LogicalResourceId: "Provider" });
  expect(drift.StackResourceDrift).toMatchObject({ StackResourceDriftStatus: "MODIFIED" });
  await call("cloudformation", "DeleteStack", { StackName: "ci" });
  await expect.poll(() => call("iam", "ListOpenIDConnectProviders", {}), { interval: 20 }).toEqual({ OpenIDConnectProviderList: [] });
  await expect(call("iam", "DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn })).rejects.toMatchObject({
    code: "NoSuchEntity",
    message: `OpenId connect Provider ${OpenIDConnectProviderArn} cannot be found.`,
  });
});
