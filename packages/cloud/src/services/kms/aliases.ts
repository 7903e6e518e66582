/** Aliases: the names of keys, each of its account and Region. */
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";

export interface Alias {
  /** With its prefix, `alias/orders`. */
  name: string;
  arn: string;
  targetId: string;
  createdMs: number;
  updatedMs: number;
}

export const aliases = (cloud: Cloud) => cloud.store.collection<Alias>("kms.alias");

export const aliasArn = ({ account, region }: Pick<OperationContext, "account" | "region">, name: string): string =>
  `arn:aws:kms:${region}:${account}:${name}`;

const memory = Symbol("kms aliases");

/** Read with each use of a key by its alias. */
const shelf = (cloud: Cloud): Map<string, Alias> =>
  cloud.memory(
    memory,
    () =>
      new Map(
        aliases(cloud)
          .all()
          .map(({ scope, value }) => [`${scope}/${value.name}`, value]),
      ),
  );

export const findAlias = (cloud: Cloud, region: string, name: string): Alias | undefined => shelf(cloud).get(`${region}/${name}`);

export function putAlias(cloud: Cloud, region: string, alias: Alias): void {
  aliases(cloud).put(region, alias.name, alias);
  shelf(cloud).set(`${region}/${alias.name}`, alias);
}

export function removeAlias(cloud: Cloud, region: string, name: string): void {
  aliases(cloud).delete(region, name);
  shelf(cloud).delete(`${region}/${name}`);
}

/** In the order of their names. */
export const aliasesOf = (cloud: Cloud, region: string, keyId?: string): Alias[] =>
  aliases(cloud)
    .list(region)
    .filter(({ targetId }) => keyId === undefined || targetId === keyId);

export function forgetAliases(cloud: Cloud, region: string, keyId: string): void {
  for (const { name } of aliasesOf(cloud, region, keyId)) removeAlias(cloud, region, name);
}

/** AWS's own names, whose keys appear when something first uses them. */
export const managedPrefix = "alias/aws/";

/** Those that ListAliases names before there is a key behind them. */
export const predefinedAliases: readonly string[] = [
  "acm",
  "dynamodb",
  "ebs",
  "elasticfilesystem",
  "es",
  "glue",
  "kinesisvideo",
  "lambda",
  "rds",
  "redshift",
  "s3",
  "secretsmanager",
  "ssm",
  "xray",
].map((service) => `${managedPrefix}${service}`);
