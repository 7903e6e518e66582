/** The registry of the account: its description and the tokens that clients log in with. */
import type { ReplicationConfiguration } from "@aws-sdk/client-ecr";
import { checkConstraints } from "../../../constraints.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { invalidParameter } from "../errors.ts";
import { issueToken, tokenValidMs } from "../registry/token.ts";

/** The password stands for the caller. The registry's name is AWS's own; the embedded cloud's registry answers at its own address (README). */
export const getAuthorizationToken = operation("ecr", "GetAuthorizationToken", (input, context) => {
  const { cloud, account, region } = context;
  const expiresAt = new Date(cloud.world.clock.nowMs() + tokenValidMs);
  const one = (registry: string) => ({
    authorizationToken: Buffer.from(`AWS:${issueToken(context)}`).toString("base64"),
    expiresAt,
    proxyEndpoint: `https://${registry}.dkr.ecr.${region}.amazonaws.com`,
  });
  return { authorizationData: (input.registryIds ?? [account]).map(one) };
});

const replication = ({ cloud }: Pick<OperationContext, "cloud">) => cloud.store.collection<ReplicationConfiguration>("ecr-replication");

export const describeRegistry = operation("ecr", "DescribeRegistry", (_input, context) => ({
  registryId: context.account,
  replicationConfiguration: replication(context).get(context.region, "configuration") ?? { rules: [] },
}));

/** Checked and kept; nothing is replicated (README). */
export const putReplicationConfiguration = operation("ecr", "PutReplicationConfiguration", (input, context) => {
  const { rules = [] } = input.replicationConfiguration;
  checkConstraints("InvalidParameterException", { "replicationConfiguration.rules": [rules, { length: [0, 10] }] });
  for (const { destinations = [], repositoryFilters } of rules) {
    checkConstraints("InvalidParameterException", {
      "replicationConfiguration.rules.destinations": [destinations, { length: [0, 100] }],
      "replicationConfiguration.rules.repositoryFilters": [repositoryFilters, { length: [1, 100] }],
    });
    for (const { region, registryId } of destinations) {
      checkConstraints("InvalidParameterException", {
        "replicationConfiguration.rules.destinations.region": [region, { length: [2, 25], pattern: "[0-9a-z-]{2,25}" }],
        "replicationConfiguration.rules.destinations.registryId": [registryId, { pattern: "[0-9]{12}" }],
      });
      if (region === context.region && registryId === context.account) {
        throw invalidParameter("replicationConfiguration", "Replication destination cannot be the same as the source registry");
      }
    }
    for (const { filterType } of repositoryFilters ?? []) {
      checkConstraints("InvalidParameterException", {
        "replicationConfiguration.rules.repositoryFilters.filterType": [filterType, { enum: ["PREFIX_MATCH"] }],
      });
    }
  }
  replication(context).put(context.region, "configuration", { rules });
  return { replicationConfiguration: { rules } };
});

/** What the registry does by default, and what each setting may be set to (API reference, PutAccountSetting). */
const accountSettings: Readonly<Record<string, readonly [standard: string, ...others: string[]]>> = {
  BASIC_SCAN_TYPE_VERSION: ["AWS_NATIVE"],
  REGISTRY_POLICY_SCOPE: ["V2"],
  BLOB_MOUNTING: ["DISABLED", "ENABLED"],
};

const setSettings = ({ cloud }: Pick<OperationContext, "cloud">) => cloud.store.collection<{ value: string }>("ecr-account-setting");

export const getAccountSetting = operation("ecr", "GetAccountSetting", ({ name }, context) => {
  checkConstraints("ValidationException", { name: [name, { enum: Object.keys(accountSettings) }] });
  return { name, value: setSettings(context).get(context.region, name)?.value ?? accountSettings[name]![0] };
});

export const putAccountSetting = operation("ecr", "PutAccountSetting", ({ name, value }, context) => {
  checkConstraints("ValidationException", { name: [name, { enum: Object.keys(accountSettings) }] });
  checkConstraints("ValidationException", { value: [value, { enum: accountSettings[name]! }] });
  setSettings(context).put(context.region, name, { value });
  return { name, value };
});
