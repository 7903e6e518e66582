/** PutDestination, PutDestinationPolicy, DescribeDestinations, DeleteDestination. */
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { type Destination, destinations, findDestination } from "../destinations.ts";
import { invalidNextToken, invalidParameter } from "../errors.ts";
import { checkTags } from "../tags.ts";

const destinationName = { length: [1, 512], pattern: "[^:*]*" } as const;

const described = ({ tags: _tags, ...destination }: Destination) => destination;

export const putDestination = operation("logs", "PutDestination", (input, { cloud, region, account }) => {
  const { destinationName: name, targetArn, roleArn, tags } = input;
  checkConstraints("InvalidParameterException", {
    destinationName: [name, destinationName],
    targetArn: [targetArn, { length: [1, Infinity] }],
    roleArn: [roleArn, { length: [1, Infinity] }],
  });
  if (tags) checkTags(tags);
  const before = destinations(cloud).get(region, name);
  const destination: Destination = {
    destinationName: name,
    targetArn,
    roleArn,
    ...(before?.accessPolicy !== undefined && { accessPolicy: before.accessPolicy }),
    arn: `arn:aws:logs:${region}:${account}:destination:${name}`,
    creationTime: before?.creationTime ?? cloud.world.clock.nowMs(),
    tags: before?.tags ?? { ...tags },
  };
  destinations(cloud).put(region, name, destination);
  return { destination: described(destination) };
});

export const putDestinationPolicy = operation("logs", "PutDestinationPolicy", (input, context) => {
  const found = findDestination(context, input.destinationName);
  try {
    JSON.parse(input.accessPolicy);
  } catch {
    throw invalidParameter("The specified policy document is invalid.");
  }
  destinations(context.cloud).put(context.region, found.destinationName, { ...found, accessPolicy: input.accessPolicy });
  return {};
});

export const describeDestinations = operation("logs", "DescribeDestinations", (input, { cloud, region }) => {
  const { DestinationNamePrefix: prefix, limit = 50, nextToken } = input;
  checkConstraints("InvalidParameterException", {
    destinationNamePrefix: [prefix, destinationName],
    limit: [limit, { range: [1, 50] }],
  });
  const page = pageOf(destinations(cloud).list(region, prefix), {
    size: limit,
    token: nextToken,
    keyOf: (each) => each.destinationName,
    query: JSON.stringify(["DescribeDestinations", prefix]),
    invalid: invalidNextToken,
  });
  return { destinations: page.items.map(described), ...(page.nextToken !== undefined && { nextToken: page.nextToken }) };
});

export const deleteDestination = operation("logs", "DeleteDestination", (input, context) => {
  const { destinationName: name } = findDestination(context, input.destinationName);
  destinations(context.cloud).delete(context.region, name);
  return {};
});
