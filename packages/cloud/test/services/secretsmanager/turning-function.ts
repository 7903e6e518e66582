/** A function that rotates secrets which hold a number. */
import { zipOf } from "../../../src/services/lambda/zip.ts";
import type { Call } from "../../../src/service.ts";
import { allow, trust } from "../scheduler/place.ts";

export const functionArn = "arn:aws:lambda:eu-central-1:123456789012:function:turns";

/** Notes each call; makes the next value, and fails or waits at the step that a parameter names. */
const code = `
const { SSM } = require("@aws-sdk/client-ssm");
const { SecretsManager } = require("@aws-sdk/client-secrets-manager");
const ssm = new SSM(), secrets = new SecretsManager();
exports.handler = async ({ Step, SecretId, ClientRequestToken: token }) => {
  const seen = (await ssm.getParameter({ Name: "/seen" })).Parameter.Value;
  await ssm.putParameter({ Name: "/seen", Value: seen + " " + Step, Overwrite: true });
  const broken = (await ssm.getParameter({ Name: "/broken" })).Parameter.Value;
  if (broken === Step) throw new Error("it is broken");
  while ((await ssm.getParameter({ Name: "/broken" })).Parameter.Value === "hold " + Step) await new Promise((done) => setTimeout(done, 100));
  const { VersionIdsToStages: versions } = await secrets.describeSecret({ SecretId });
  if (Step === "createSecret") {
    const { SecretString = "0" } = await secrets.getSecretValue({ SecretId });
    const pending = await secrets.getSecretValue({ SecretId, VersionId: token }).catch(() => undefined);
    if (!pending) await secrets.putSecretValue({ SecretId, ClientRequestToken: token, SecretString: String(Number(SecretString) + 1), VersionStages: ["AWSPENDING"] });
  }
  if (Step === "finishSecret") {
    const RemoveFromVersionId = Object.keys(versions).find((id) => versions[id].includes("AWSCURRENT"));
    await secrets.updateSecretVersionStage({ SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: token, RemoveFromVersionId });
  }
};`;

/** With its role, and the two parameters that it reads: what it has seen, and where it fails. */
export async function makeFunction(call: Call): Promise<void> {
  const { Role } = await call("iam", "CreateRole", { RoleName: "turns", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") });
  await call("iam", "PutRolePolicy", { RoleName: "turns", PolicyName: "all", PolicyDocument: allow(["ssm:*", "secretsmanager:*"], "*") });
  await call("lambda", "CreateFunction", {
    FunctionName: "turns",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: Role!.Arn!,
    Timeout: 900,
    Code: { ZipFile: zipOf("index.js", Buffer.from(code)) },
  });
  for (const Name of ["/seen", "/broken"]) await call("ssm", "PutParameter", { Name, Type: "String", Value: "-" });
}
