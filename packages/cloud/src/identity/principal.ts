/** Who calls: the account's root, a user, a role's session, or a service acting by itself. */
export type Principal =
  | { kind: "root"; account: string; arn: string; userId: string }
  | {
      kind: "user";
      account: string;
      arn: string;
      userId: string;
      userName: string;
      /** The key that signed the call, so that its last use is known. */
      accessKeyId?: string;
    }
  | {
      kind: "assumed-role";
      account: string;
      /** `arn:aws:sts::123456789012:assumed-role/NAME/SESSION`. */
      arn: string;
      /** `AROA…:SESSION`. */
      userId: string;
      roleName: string;
      roleArn: string;
      sessionName: string;
      /** An inline session policy given at AssumeRole, as JSON text. */
      sessionPolicy?: string | undefined;
    }
  /** A part of the cloud acting for itself, as `ecs.amazonaws.com`; allowed everything. */
  | { kind: "service"; account: string; arn: string; service: string };

/** The account's root user: whom every access key that the cloud did not issue stands for. */
export function rootPrincipal(account: string): Principal {
  return { kind: "root", account, arn: `arn:aws:iam::${account}:root`, userId: account };
}

/** A service of the cloud that acts by itself, as `ecs.amazonaws.com`. */
export function servicePrincipal(account: string, service: string): Principal {
  return { kind: "service", account, arn: service, service };
}
