/** The roles that a proxy lets in: by secrets that it reads as its own role, at each login, so that a new password counts at once. */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { mayAssume, roleByArn, sessionOf } from "../../../identity/assume-role.ts";
import { servicePrincipal } from "../../../identity/principal.ts";
import type { Proxy } from "./proxy.ts";

export interface Credential {
  username: string;
  password: string;
  /** Whether who logs in with it does so with a token. */
  iam: boolean;
}

/** Those that can be read. A secret that is gone, is none, or that the role may not read, lets nobody in. */
export async function credentialsOf(
  cloud: Cloud,
  region: string,
  { auth, roleArn }: Pick<Proxy, "auth" | "roleArn">,
): Promise<Credential[]> {
  const role = roleByArn(cloud, roleArn);
  if (!role || !mayAssume(cloud, role, servicePrincipal(cloud.account, "rds.amazonaws.com"), region)) return [];
  const call = cloud.as(sessionOf(cloud, role, "RDSProxy"), region);
  const found: Credential[] = [];
  for (const { secretArn, iam = false } of auth) {
    try {
      const { SecretString: text = "" } = await call("secretsmanager", "GetSecretValue", { SecretId: secretArn });
      const { username, password } = JSON.parse(text) as Partial<Credential>;
      if (typeof username === "string" && typeof password === "string") found.push({ username, password, iam });
    } catch (error) {
      if (!(error instanceof AwsError) && !(error instanceof SyntaxError)) throw error;
    }
  }
  return found;
}
