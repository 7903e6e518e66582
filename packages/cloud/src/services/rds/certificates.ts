/** The certificate authorities that RDS offers. Here all of them are the cloud's own authority, whose file clients are given. */
export interface AuthorityEntry {
  name: string;
  algorithm: string;
  validFrom: string;
  validTill: string;
}

/** The first is the default. Dates as AWS publishes them. */
export const authorities: readonly AuthorityEntry[] = [
  { name: "rds-ca-rsa2048-g1", algorithm: "RSA2048", validFrom: "2021-05-21T22:44:37Z", validTill: "2061-05-21T23:44:37Z" },
  { name: "rds-ca-rsa4096-g1", algorithm: "RSA4096", validFrom: "2021-05-21T22:23:47Z", validTill: "2121-05-21T23:23:47Z" },
  { name: "rds-ca-ecc384-g1", algorithm: "ECC384", validFrom: "2021-05-21T22:33:06Z", validTill: "2121-05-21T23:33:06Z" },
];

export const authorityNames: readonly string[] = authorities.map(({ name }) => name);
