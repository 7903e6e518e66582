/**
 * Logins with a token in the place of a password: a presigned request that goes nowhere (`aws rds generate-db-auth-token`, `@aws-sdk/rds-signer`).
 * Source: Amazon RDS User Guide, "IAM database authentication"; the policies' resource is `arn:aws:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/USER`.
 */
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Cloud } from "../../cloud.ts";
import { decide } from "../../identity/authorize.ts";
import { findCredentials } from "../../identity/credentials.ts";
import { rootPrincipal } from "../../identity/principal.ts";
import { certificateFor } from "../../runtime/authority.ts";
import type { Gate } from "../../runtime/postgres/gate.ts";
import { roleAtGate } from "../../runtime/postgres/roles.ts";
import type { PostgresServer } from "../../runtime/postgres/server.ts";
import { fromCompact, readSigned } from "../../wire/credential-scope.ts";
import { sameText, sha256Hex, signatureMatches } from "../../wire/sigv4.ts";

export interface TokenPlace {
  cloud: Cloud;
  region: string;
  /** `db-…` of an instance, `cluster-…`, or `prx-…` of a proxy. */
  resourceId: string;
  /** Where clients reach it, as `127.77.1.2:5432`: a token is for one of these. */
  endpoints: readonly string[];
}

const longestSeconds = 900;
const skewMs = 15 * 60 * 1000;

/** Why the token does not let `user` in, as a hint to who sent it; `undefined` where it does. */
export function faultOfToken({ cloud, region, resourceId, endpoints }: TokenPlace, user: string, token: string): string | undefined {
  const { account } = cloud;
  const slash = token.indexOf("/?");
  const host = token.slice(0, Math.max(0, slash)).replace(/^https?:\/\//, "");
  const rawQuery = token.slice(slash + 2);
  const query = new URLSearchParams(rawQuery);
  const signed = slash < 0 ? undefined : readSigned({}, query);
  if (!signed || "unreadable" in signed || query.get("Action") !== "connect")
    return "What was sent in the place of the password is no token of aws rds generate-db-auth-token.";
  if (query.get("DBUser") !== user) return `The token is for the user ${query.get("DBUser")}, not for ${user}.`;
  if (!endpoints.includes(host)) return `The token is for ${host}; this database is reached at ${endpoints.join(", ")}.`;
  if (signed.service !== "rds-db" || signed.region !== region)
    return `The token is signed for ${signed.service} in ${signed.region}; it has to be for rds-db in ${region}.`;
  const nowMs = cloud.world.clock.nowMs();
  const atMs = fromCompact(signed.at ?? "");
  const { expiresSeconds = longestSeconds } = signed;
  if (atMs === undefined || atMs - nowMs > skewMs || !(expiresSeconds >= 1 && expiresSeconds <= longestSeconds))
    return `The token has no time, or more than the ${longestSeconds} seconds that are allowed.`;
  if (atMs + expiresSeconds * 1000 < nowMs) return `The token was good until ${new Date(atMs + expiresSeconds * 1000).toISOString()}.`;
  // A key that this cloud did not issue stands for the account's root, as in every request.
  const credentials = findCredentials(cloud, signed.accessKeyId);
  if (credentials) {
    if (credentials.sessionToken !== undefined && !sameText(credentials.sessionToken, signed.sessionToken ?? ""))
      return "The token's session token is not that of its access key.";
    if (credentials.expiresMs !== undefined && credentials.expiresMs <= nowMs) return "The credentials that signed the token have expired.";
    const request = { method: "GET", rawPath: "/", rawQuery, headers: { host: [host] }, payloadHash: sha256Hex("") };
    if (!signatureMatches(request, signed, credentials.secretAccessKey)) return "The token's signature does not match.";
  }
  const principal = credentials?.principal ?? rootPrincipal(account);
  const resource = `arn:aws:rds-db:${region}:${account}:dbuser:${resourceId}/${user}`;
  const decision = decide({ cloud, region, account, principal }, { action: "rds-db:connect", resource });
  return decision.outcome === "allowed" ? undefined : `${principal.arn} is not allowed rds-db:connect on ${resource}.`;
}

/** The gate before the server of an instance, or of a cluster's instance. `owner` is whose certificate is shown: the server's own. */
export function gateOf(
  place: TokenPlace,
  { owner, addresses, forceTls, server }: { owner: string; addresses: readonly string[]; forceTls: boolean; server: PostgresServer },
): Gate {
  return {
    forceTls,
    async certificate() {
      const files = await certificateFor(place.cloud, { owner, names: ["localhost"], addresses });
      const [cert, key] = await Promise.all([readFile(files.certificateFile), readFile(files.keyFile)]);
      return createSecureContext({ cert, key });
    },
    roleOf: (user) => roleAtGate(server, user),
    judge: (user, token) => faultOfToken(place, user, token),
  };
}
