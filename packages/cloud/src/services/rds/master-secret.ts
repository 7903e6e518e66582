/** The secret of a master user whose password RDS manages (`ManageMasterUserPassword`). */
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { arnOf, generatedPassword } from "./names.ts";

/** Makes the secret, as RDS does: username and password, owned by the service. Answers the password for the server alone. */
export async function makeMasterSecret(
  cloud: Cloud,
  region: string,
  {
    identifier,
    username,
    kmsKeyId,
    kind = "db",
  }: { identifier: string; username: string; kmsKeyId?: string | undefined; kind?: "db" | "cluster" },
): Promise<{ arn: string; password: string }> {
  const password = generatedPassword(cloud.world.random);
  const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), region);
  const arn = arnOf({ region, account: cloud.account }, kind, identifier);
  const { ARN } = await call("secretsmanager", "CreateSecret", {
    Name: `rds!${kind}-${cloud.world.random.uuid()}`,
    Description: `Secret associated with primary RDS DB ${kind === "db" ? "instance" : "cluster"}: ${arn}`,
    SecretString: JSON.stringify({ username, password }),
    ...(kmsKeyId && { KmsKeyId: kmsKeyId }),
    Tags: [{ Key: kind === "db" ? "aws:rds:primaryDBInstanceArn" : "aws:rds:primaryDBClusterArn", Value: arn }],
  });
  return { arn: ARN!, password };
}
