/** Operations on connections. */
import { AwsError } from "../../../aws-error.ts";
import { pageOf } from "../../../paging.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { destinations } from "../api-destination.ts";
import {
  asEvents,
  type AuthorizationType,
  type AuthParameters,
  checkAuth,
  type Connection,
  connections,
  describeConnection,
  keepSecret,
  readSecret,
  requireConnection,
  shownAuth,
} from "../connection.ts";
import { check, connectionExists, invalidNextToken, refused, validation } from "../errors.ts";

const made = (connection: Connection) => {
  const { ConnectionArn, ConnectionState, CreationTime, LastModifiedTime } = describeConnection(connection);
  return { ConnectionArn, ConnectionState, CreationTime, LastModifiedTime };
};

const types = ["BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"];

export const createConnection = operation("events", "CreateConnection", async (input, context) => {
  const { cloud, account, region } = context;
  const { Name: name, AuthorizationType: type, Description: description } = input;
  check({
    name: [name, { length: [1, 64], pattern: String.raw`[\.\-_A-Za-z0-9]+` }],
    authorizationType: [type, { enum: types }],
    description: [description, { length: [0, 512] }],
  });
  const auth = input.AuthParameters as AuthParameters;
  if (input.InvocationConnectivityParameters || auth.ConnectivityParameters) throw refused("connections through VPC Lattice");
  checkAuth(type, auth);
  const token = originOf(input)?.token;
  const known = connections(cloud).get(region, name);
  if (known && token !== undefined && known.token === token) return made(known);
  if (known) throw connectionExists(name);
  const nowMs = cloud.world.clock.nowMs();
  const connection: Connection = {
    name,
    arn: `arn:aws:events:${region}:${account}:connection/${name}/${cloud.world.random.uuid()}`,
    ...(description !== undefined && { description }),
    ...(input.KmsKeyIdentifier && { kmsKeyIdentifier: input.KmsKeyIdentifier }),
    type,
    secretArn: await keepSecret(context, name, auth),
    shown: shownAuth(auth),
    createdMs: nowMs,
    modifiedMs: nowMs,
    ...(token !== undefined && { token }),
  };
  connections(cloud).put(region, name, connection);
  return made(connection);
});

export const updateConnection = operation("events", "UpdateConnection", async (input, context) => {
  const { cloud, region } = context;
  const before = requireConnection(context, input.Name);
  check({ authorizationType: [input.AuthorizationType, { enum: types }], description: [input.Description, { length: [0, 512] }] });
  const type = (input.AuthorizationType ?? before.type) as AuthorizationType;
  const given = (input.AuthParameters ?? {}) as AuthParameters;
  const auth = type === before.type ? { ...(await readSecret(context, before)), ...given } : given;
  checkAuth(type, auth);
  await keepSecret(context, before.name, auth, before.secretArn);
  const connection: Connection = {
    ...before,
    ...(input.Description !== undefined && { description: input.Description }),
    type,
    shown: shownAuth(auth),
    modifiedMs: cloud.world.clock.nowMs(),
  };
  connections(cloud).put(region, before.name, connection);
  const { Name: _, AuthorizationType: _type, ...answer } = describeConnection(connection);
  return answer;
});

export const describeOneConnection = operation("events", "DescribeConnection", ({ Name }, context) => {
  const connection = requireConnection(context, Name);
  const { description, kmsKeyIdentifier } = connection;
  return {
    ...describeConnection(connection),
    ...(description !== undefined && { Description: description }),
    ...(kmsKeyIdentifier !== undefined && { KmsKeyIdentifier: kmsKeyIdentifier }),
    SecretArn: connection.secretArn,
    AuthParameters: connection.shown,
  };
});

export const listConnections = operation(
  "events",
  "ListConnections",
  ({ NamePrefix: prefix = "", ConnectionState, Limit, NextToken }, context) => {
    check({ limit: [Limit, { range: [1, 100] }] });
    const found = connections(context.cloud)
      .list(context.region)
      .filter(({ name }) => name.startsWith(prefix) && (ConnectionState ?? "AUTHORIZED") === "AUTHORIZED");
    const query = `connections ${prefix}`;
    const { items, nextToken } = pageOf(found, {
      size: Limit ?? 100,
      token: NextToken,
      keyOf: ({ name }) => name,
      query,
      invalid: invalidNextToken,
    });
    return { Connections: items.map(describeConnection), ...(nextToken !== undefined && { NextToken: nextToken }) };
  },
);

/** With its secret. */
export const deleteConnection = operation("events", "DeleteConnection", async ({ Name }, context) => {
  const { cloud, region } = context;
  const connection = requireConnection(context, Name);
  if (
    destinations(cloud)
      .list(region)
      .some(({ connectionArn }) => connectionArn === connection.arn)
  ) {
    throw validation(`Connection ${Name} cannot be deleted: an API destination uses it.`);
  }
  try {
    await asEvents(context)("secretsmanager", "DeleteSecret", { SecretId: connection.secretArn, ForceDeleteWithoutRecovery: true });
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
  }
  connections(cloud).delete(region, Name);
  const { Name: _, AuthorizationType: _type, ...answer } = describeConnection(connection);
  return { ...answer, ConnectionState: "DELETING" as const };
});
