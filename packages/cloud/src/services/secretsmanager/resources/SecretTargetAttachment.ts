/** AWS::SecretsManager::SecretTargetAttachment: writes where a database is into the secret with its login. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";
import type { Call } from "../../../service.ts";
import { isNotFound } from "./Secret.ts";

type Properties = ResourceProperties["AWS::SecretsManager::SecretTargetAttachment"];

const written = ["engine", "host", "port", "dbname", "dbInstanceIdentifier", "dbClusterIdentifier"];

export const secretTargetAttachment = resource("AWS::SecretsManager::SecretTargetAttachment", {
  coverage: {
    real: ["SecretId", "TargetId", "TargetType"],
    note: "Targets are RDS instances and clusters; DocumentDB and Redshift are refused by name.",
  },
  create: ({ call, properties, token }) => attachTarget(call, properties, token),
  update: ({ call, properties, token }) => attachTarget(call, properties, token),
  async delete({ call, properties, token }) {
    try {
      const content = await contentOf(call, properties.SecretId);
      for (const key of written) delete content[key];
      await put(call, properties.SecretId, content, token);
    } catch (error) {
      if (!isNotFound(error) && !(error instanceof AwsError && error.code === "InvalidRequestException")) throw error;
    }
  },
});

async function attachTarget(call: Call, { SecretId, TargetId, TargetType }: Properties, token: string) {
  const content = await contentOf(call, SecretId);
  const target = await targetOf(call, TargetType, TargetId);
  for (const key of written) delete content[key];
  const ARN = await put(call, SecretId, { ...content, ...target }, token);
  return { physicalId: ARN, attributes: { Id: ARN } };
}

async function contentOf(call: Call, SecretId: string): Promise<Record<string, unknown>> {
  const { SecretString } = await call("secretsmanager", "GetSecretValue", { SecretId });
  try {
    const content: unknown = JSON.parse(SecretString ?? "");
    if (typeof content === "object" && content !== null && !Array.isArray(content)) return content as Record<string, unknown>;
  } catch {
    // said below; the value itself stays out of the message
  }
  throw new AwsError("InvalidRequest", "Could not parse SecretString JSON.");
}

/** A repeated act finds its own version and leaves it. */
async function put(call: Call, SecretId: string, content: object, token: string): Promise<string> {
  const SecretString = JSON.stringify(content);
  const { ARN, VersionIdsToStages = {} } = await call("secretsmanager", "DescribeSecret", { SecretId });
  const { SecretString: now } = await call("secretsmanager", "GetSecretValue", { SecretId });
  if (now !== SecretString) {
    const free = VersionIdsToStages[token] === undefined;
    await call("secretsmanager", "PutSecretValue", { SecretId, SecretString, ...(free && { ClientRequestToken: token }) });
  }
  return ARN!;
}

async function targetOf(call: Call, type: string, id: string): Promise<Record<string, unknown>> {
  switch (type) {
    case "AWS::RDS::DBInstance": {
      const { DBInstances = [] } = await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: id });
      const instance = DBInstances[0];
      const { Address, Port } = instance?.Endpoint ?? {};
      if (!instance || Address === undefined) throw new AwsError("InvalidRequest", `The database instance ${id} has no endpoint yet.`);
      return {
        engine: engineName(instance.Engine ?? ""),
        host: Address,
        port: Port,
        ...(instance.DBName !== undefined && { dbname: instance.DBName }),
        dbInstanceIdentifier: instance.DBInstanceIdentifier,
      };
    }
    case "AWS::RDS::DBCluster": {
      const { DBClusters = [] } = await call("rds", "DescribeDBClusters", { DBClusterIdentifier: id });
      const cluster = DBClusters[0];
      if (!cluster || cluster.Endpoint === undefined)
        throw new AwsError("InvalidRequest", `The database cluster ${id} has no endpoint yet.`);
      return {
        engine: engineName(cluster.Engine ?? ""),
        host: cluster.Endpoint,
        port: cluster.Port,
        ...(cluster.DatabaseName !== undefined && { dbname: cluster.DatabaseName }),
        dbClusterIdentifier: cluster.DBClusterIdentifier,
      };
    }
    default:
      throw new AwsError("InvalidRequest", `The embedded cloud has no targets of the type ${type} for SecretTargetAttachment.`);
  }
}

/** Secrets name the engine as rotation functions do: `aurora-postgresql` is `postgres`, `sqlserver-ex` is `sqlserver`. */
function engineName(engine: string): string {
  const plain = engine.replace(/^aurora-/, "").replace(/^postgresql$/, "postgres");
  return /^(?:sqlserver|oracle)-/.test(plain) ? plain.split("-")[0]! : plain;
}
