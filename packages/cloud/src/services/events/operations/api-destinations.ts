/** Operations on API destinations. */
import { pageOf } from "../../../paging.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { type ApiDestination, describeDestination, destinations, requireDestination } from "../api-destination.ts";
import { connectionByArn } from "../connection.ts";
import { check, destinationExists, invalidNextToken, invalidParameter } from "../errors.ts";

const methods = ["POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];
const defaultRate = 300;

interface Settings {
  Description?: string | undefined;
  InvocationEndpoint?: string | undefined;
  HttpMethod?: string | undefined;
  InvocationRateLimitPerSecond?: number | undefined;
}

function checkSettings({ Description, InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond }: Settings): void {
  check({
    description: [Description, { length: [0, 512] }],
    invocationEndpoint: [InvocationEndpoint, { length: [1, 2048] }],
    httpMethod: [HttpMethod, { enum: methods }],
    invocationRateLimitPerSecond: [InvocationRateLimitPerSecond, { range: [1, Infinity] }],
  });
  if (InvocationEndpoint !== undefined && !/^https?:\/\/./u.test(InvocationEndpoint)) {
    throw invalidParameter("InvocationEndpoint", "Endpoint must start with https://.");
  }
}

const answerOf = (own: ApiDestination) => {
  const { ApiDestinationArn, ApiDestinationState, CreationTime, LastModifiedTime } = describeDestination(own);
  return { ApiDestinationArn, ApiDestinationState, CreationTime, LastModifiedTime };
};

export const createApiDestination = operation("events", "CreateApiDestination", (input, context) => {
  const { cloud, account, region } = context;
  const { Name: name } = input;
  check({ name: [name, { length: [1, 64], pattern: String.raw`[\.\-_A-Za-z0-9]+` }] });
  checkSettings(input);
  const token = originOf(input)?.token;
  const known = destinations(cloud).get(region, name);
  if (known && token !== undefined && known.token === token) return answerOf(known);
  if (known) throw destinationExists(name);
  const nowMs = cloud.world.clock.nowMs();
  const destination: ApiDestination = {
    name,
    arn: `arn:aws:events:${region}:${account}:api-destination/${name}/${cloud.world.random.uuid()}`,
    ...(input.Description !== undefined && { description: input.Description }),
    connectionArn: connectionByArn(context, input.ConnectionArn).arn,
    endpoint: input.InvocationEndpoint,
    method: input.HttpMethod,
    rateLimit: input.InvocationRateLimitPerSecond ?? defaultRate,
    createdMs: nowMs,
    modifiedMs: nowMs,
    ...(token !== undefined && { token }),
  };
  destinations(cloud).put(region, name, destination);
  return answerOf(destination);
});

export const updateApiDestination = operation("events", "UpdateApiDestination", (input, context) => {
  const { cloud, region } = context;
  const before = requireDestination(context, input.Name);
  checkSettings(input);
  const destination: ApiDestination = {
    ...before,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.ConnectionArn !== undefined && { connectionArn: connectionByArn(context, input.ConnectionArn).arn }),
    ...(input.InvocationEndpoint !== undefined && { endpoint: input.InvocationEndpoint }),
    ...(input.HttpMethod !== undefined && { method: input.HttpMethod }),
    ...(input.InvocationRateLimitPerSecond !== undefined && { rateLimit: input.InvocationRateLimitPerSecond }),
    modifiedMs: cloud.world.clock.nowMs(),
  };
  destinations(cloud).put(region, before.name, destination);
  return answerOf(destination);
});

export const describeOneApiDestination = operation("events", "DescribeApiDestination", ({ Name }, context) => {
  const destination = requireDestination(context, Name);
  const { description } = destination;
  return { ...describeDestination(destination), ...(description !== undefined && { Description: description }) };
});

export const listApiDestinations = operation(
  "events",
  "ListApiDestinations",
  ({ NamePrefix = "", ConnectionArn, Limit, NextToken }, context) => {
    check({ limit: [Limit, { range: [1, 100] }] });
    const found = destinations(context.cloud)
      .list(context.region)
      .filter(({ name, connectionArn }) => name.startsWith(NamePrefix) && (ConnectionArn === undefined || connectionArn === ConnectionArn));
    const query = `destinations ${NamePrefix} ${ConnectionArn}`;
    const { items, nextToken } = pageOf(found, {
      size: Limit ?? 100,
      token: NextToken,
      keyOf: ({ name }) => name,
      query,
      invalid: invalidNextToken,
    });
    return { ApiDestinations: items.map(describeDestination), ...(nextToken !== undefined && { NextToken: nextToken }) };
  },
);

export const deleteApiDestination = operation("events", "DeleteApiDestination", ({ Name }, context) => {
  destinations(context.cloud).delete(context.region, requireDestination(context, Name).name);
  return {};
});
