/** The secret of a master user whose password RDS manages (`ManageMasterUserPassword`). */
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { arnOf, generatedPassword } from "./names.ts";

/** Makes the secret, as RDS does: username and password, owned by the service. Answers the password for the server alone. */
export async function makeMasterSecret(
  cloud: Cloud,
  region: string,
  { identifier, username, kmsKeyId }: { identifier: string; username: string; kmsKeyId?: string | undefined },
): Promise<{ arn: string; password: string }> {
  const password = generatedPassword(cloud.world.random);
  const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), region);
  const { ARN } = await call("secretsmanager", "CreateSecret", {
    Name: `rds!db-${cloud.world.random.uuid()}`,
    Description: `Secret associated with primary RDS DB instance: ${arnOf({ region, account: cloud.account }, "db", identifier)}`,
    SecretString: JSON.stringify({ username, password }),
    ...(kmsKeyId && { KmsKeyId: kmsKeyId }),
    Tags: [{ Key: "aws:rds:primaryDBInstanceArn", Value: arnOf({ region, account: cloud.account }, "db", identifier) }],
  });
  return { arn: ARN!, password };
}
