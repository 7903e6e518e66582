/** The security policies of HTTPS listeners: which versions of TLS each lets in (Elastic Load Balancing, "Security policies"). */
import type { SslPolicy } from "@aws-sdk/client-elastic-load-balancing-v2";

type Version = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

const versions: readonly Version[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
const tls13Ciphers = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const forwardSecret = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
];
const older = [
  "ECDHE-ECDSA-AES128-SHA256",
  "ECDHE-RSA-AES128-SHA256",
  "ECDHE-ECDSA-AES256-SHA384",
  "ECDHE-RSA-AES256-SHA384",
  "AES128-GCM-SHA256",
  "AES256-GCM-SHA384",
];
const oldest = [
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-RSA-AES256-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "AES128-SHA",
  "AES256-SHA",
];

const policies: Readonly<Record<string, readonly [lowest: Version, highest: "TLSv1.2" | "TLSv1.3", ciphers: readonly string[]]>> = {
  "ELBSecurityPolicy-2016-08": ["TLSv1", "TLSv1.2", [...forwardSecret, ...older, ...oldest]],
  "ELBSecurityPolicy-TLS13-1-2-2021-06": ["TLSv1.2", "TLSv1.3", [...tls13Ciphers, ...forwardSecret, ...older.slice(0, 4)]],
  "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": ["TLSv1.2", "TLSv1.3", [...tls13Ciphers, ...forwardSecret]],
  "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06": ["TLSv1.2", "TLSv1.3", [...tls13Ciphers, ...forwardSecret, ...older]],
  "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06": ["TLSv1.2", "TLSv1.3", [...tls13Ciphers, ...forwardSecret, ...older, ...oldest]],
  "ELBSecurityPolicy-TLS13-1-1-2021-06": ["TLSv1.1", "TLSv1.3", [...tls13Ciphers, ...forwardSecret, ...older, ...oldest]],
  "ELBSecurityPolicy-TLS13-1-0-2021-06": ["TLSv1", "TLSv1.3", [...tls13Ciphers, ...forwardSecret, ...older, ...oldest]],
  "ELBSecurityPolicy-TLS13-1-3-2021-06": ["TLSv1.3", "TLSv1.3", tls13Ciphers],
  "ELBSecurityPolicy-TLS-1-2-2017-01": ["TLSv1.2", "TLSv1.2", [...forwardSecret, ...older]],
  "ELBSecurityPolicy-TLS-1-1-2017-01": ["TLSv1.1", "TLSv1.2", [...forwardSecret, ...older, ...oldest]],
  "ELBSecurityPolicy-TLS-1-2-Ext-2018-06": ["TLSv1.2", "TLSv1.2", [...forwardSecret, ...older, ...oldest]],
  "ELBSecurityPolicy-FS-2018-06": ["TLSv1", "TLSv1.2", [...forwardSecret, ...older.slice(0, 4), ...oldest.slice(0, 4)]],
  "ELBSecurityPolicy-FS-1-1-2019-08": ["TLSv1.1", "TLSv1.2", [...forwardSecret, ...older.slice(0, 4), ...oldest.slice(0, 4)]],
  "ELBSecurityPolicy-FS-1-2-2019-08": ["TLSv1.2", "TLSv1.2", [...forwardSecret, ...older.slice(0, 4), ...oldest.slice(0, 4)]],
  "ELBSecurityPolicy-FS-1-2-Res-2019-08": ["TLSv1.2", "TLSv1.2", [...forwardSecret, ...older.slice(0, 4)]],
  "ELBSecurityPolicy-FS-1-2-Res-2020-10": ["TLSv1.2", "TLSv1.2", forwardSecret],
};

/** What a listener has when its request names none. */
export const defaultPolicy = "ELBSecurityPolicy-2016-08";

export const isPolicy = (name: string): boolean => Object.hasOwn(policies, name);

export function policyVersions(name: string | undefined): { minimumTls: Version; maximumTls: "TLSv1.2" | "TLSv1.3" } {
  const [minimumTls, maximumTls] = policies[name ?? defaultPolicy] ?? policies[defaultPolicy]!;
  return { minimumTls, maximumTls };
}

export function describePolicies(): (SslPolicy & { Name: string })[] {
  return Object.entries(policies).map(([Name, [lowest, highest, ciphers]]) => ({
    Name,
    SslProtocols: versions.slice(versions.indexOf(lowest), versions.indexOf(highest) + 1),
    Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
    SupportedLoadBalancerTypes: ["application"],
  }));
}
