/** Who calls: the account's root, a user, a role's session, a service acting by itself, or somebody who did not sign. */
export type Principal = Caller & {
  /** The service that acts for the caller with the caller's own rights, as `sqs.eu-central-1.amazonaws.com` (forward access sessions). */
  via?: string;
};

type Caller =
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
      /** Given at AssumeRole; they go before the role's own tags. */
      sessionTags?: SessionTags | undefined;
    }
  /** A part of the cloud acting for itself, as `ecs.amazonaws.com`; allowed everything but what a resource's policy has to open to services (queues). */
  | {
      kind: "service";
      account: string;
      arn: string;
      service: string;
      /** The topic, bucket or rule on whose behalf it acts. */
      sourceArn?: string;
      /** Has no rights of its own: only what a resource's policy opens to it (CloudFront on buckets). */
      onlyAsAllowed?: true;
    }
  /** Who did not sign the call; of no account, so only what a resource allows to everybody is allowed. `account` is where the call came to. */
  | { kind: "anonymous"; account: string; arn: string; userId: string };

export interface SessionTags {
  tags: Readonly<Record<string, string>>;
  /** Keys of those that a role taken from this session has too. */
  transitive: readonly string[];
}

/** The same caller, as a service in `region` that does its work forwards it. */
export const forwarded = (principal: Principal, service: string, region: string): Principal => ({
  ...principal,
  via: `${service}.${region}.amazonaws.com`,
});

/** The account's root user: whom every access key that the cloud did not issue stands for. */
export function rootPrincipal(account: string): Principal {
  return { kind: "root", account, arn: `arn:aws:iam::${account}:root`, userId: account };
}

/** The caller of a request without a signature. */
export function anonymousPrincipal(account: string): Principal {
  return { kind: "anonymous", account, arn: "anonymous", userId: "anonymous" };
}

/** A service that may do only what the policy of the resource opens to it, for `sourceArn`. */
export function guestPrincipal(account: string, service: string, sourceArn: string): Principal {
  return { kind: "service", account, arn: service, service, sourceArn, onlyAsAllowed: true };
}

/** A service of the cloud that acts by itself, as `ecs.amazonaws.com`; for `sourceArn`, where a topic or bucket of the caller's is behind it. */
export function servicePrincipal(account: string, service: string, sourceArn?: string): Principal {
  return { kind: "service", account, arn: service, service, ...(sourceArn !== undefined && { sourceArn }) };
}
