/** The operations of delivery sources, delivery destinations and deliveries. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import {
  conflict,
  type Delivery,
  deliveries,
  type DeliveryDestination,
  deliveryDestinations,
  type DeliverySource,
  deliverySources,
  findDeliveryItem,
  validation,
} from "../deliveries.ts";
import { checkTags } from "../tags.ts";

const name = { length: [1, 60], pattern: "[\\w-]*" } as const;
const outputFormats = ["json", "plain", "w3c", "raw", "parquet"];

const findDestination = ({ cloud, region }: OperationContext, key: string) =>
  findDeliveryItem(deliveryDestinations(cloud), region, key, "Delivery Destination");
const findSource = ({ cloud, region }: OperationContext, key: string) =>
  findDeliveryItem(deliverySources(cloud), region, key, "Delivery Source");
const findDelivery = ({ cloud, region }: OperationContext, key: string) => findDeliveryItem(deliveries(cloud), region, key, "Delivery");

function paged<T>(
  items: T[],
  input: { limit?: number | undefined; nextToken?: string | undefined },
  query: string,
  keyOf: (item: T) => string,
) {
  const { limit = 50, nextToken } = input;
  checkConstraints("ValidationException", { limit: [limit, { range: [1, 50] }] });
  return pageOf(items, { size: limit, token: nextToken, keyOf, query, invalid: () => validation("The specified nextToken is invalid.") });
}
const rest = (page: { nextToken?: string | undefined }) => (page.nextToken === undefined ? {} : { nextToken: page.nextToken });

const typeOf = (arn: string | undefined): DeliveryDestination["deliveryDestinationType"] =>
  /^arn:[\w-]+:firehose:/u.test(arn ?? "") ? "FH" : /^arn:[\w-]+:logs:/u.test(arn ?? "") ? "CWL" : "S3";

const described = ({ policy: _policy, ...destination }: DeliveryDestination) => ({
  ...destination,
  outputFormat: destination.outputFormat as "json",
});

export const putDeliveryDestination = operation("logs", "PutDeliveryDestination", (input, { cloud, region, account }) => {
  checkConstraints("ValidationException", { name: [input.name, name], outputFormat: [input.outputFormat, { enum: outputFormats }] });
  if (input.tags) checkTags(input.tags);
  const before = deliveryDestinations(cloud).get(region, input.name);
  if (before && input.outputFormat !== undefined && before.outputFormat !== input.outputFormat)
    throw validation(
      "Update to existing Delivery Destination with new Output Format is not allowed. Please create a new Delivery Destination instead.",
    );
  const configuration = input.deliveryDestinationConfiguration ?? before?.deliveryDestinationConfiguration;
  const type = input.deliveryDestinationType ?? typeOf(configuration?.destinationResourceArn);
  const destination: DeliveryDestination = {
    name: input.name,
    arn: `arn:aws:logs:${region}:${account}:delivery-destination:${input.name}`,
    deliveryDestinationType: type as "S3",
    ...(before?.outputFormat !== undefined && { outputFormat: before.outputFormat }),
    ...(input.outputFormat !== undefined && { outputFormat: input.outputFormat }),
    ...(configuration && { deliveryDestinationConfiguration: configuration as { destinationResourceArn: string } }),
    ...(before?.policy !== undefined && { policy: before.policy }),
    tags: { ...before?.tags, ...input.tags },
  };
  deliveryDestinations(cloud).put(region, input.name, destination);
  return { deliveryDestination: described(destination) };
});

export const getDeliveryDestination = operation("logs", "GetDeliveryDestination", (input, context) => ({
  deliveryDestination: described(findDestination(context, input.name)),
}));

export const describeDeliveryDestinations = operation("logs", "DescribeDeliveryDestinations", (input, { cloud, region }) => {
  const page = paged(deliveryDestinations(cloud).list(region), input, "DescribeDeliveryDestinations", (each) => each.name);
  return { deliveryDestinations: page.items.map(described), ...rest(page) };
});

export const deleteDeliveryDestination = operation("logs", "DeleteDeliveryDestination", (input, context) => {
  const { cloud, region } = context;
  const { arn } = findDestination(context, input.name);
  if (
    deliveries(cloud)
      .list(region)
      .some((delivery) => delivery.deliveryDestinationArn === arn)
  )
    throw conflict("Delivery Destination is used by a Delivery; delete that first.");
  deliveryDestinations(cloud).delete(region, input.name);
  return {};
});

export const putDeliveryDestinationPolicy = operation("logs", "PutDeliveryDestinationPolicy", (input, context) => {
  const found = findDestination(context, input.deliveryDestinationName);
  try {
    JSON.parse(input.deliveryDestinationPolicy);
  } catch {
    throw validation("The specified policy document is invalid.");
  }
  deliveryDestinations(context.cloud).put(context.region, found.name, { ...found, policy: input.deliveryDestinationPolicy });
  return { policy: { deliveryDestinationPolicy: input.deliveryDestinationPolicy } };
});

export const getDeliveryDestinationPolicy = operation("logs", "GetDeliveryDestinationPolicy", (input, context) => {
  const { policy } = findDestination(context, input.deliveryDestinationName);
  return { policy: policy === undefined ? {} : { deliveryDestinationPolicy: policy } };
});

export const deleteDeliveryDestinationPolicy = operation("logs", "DeleteDeliveryDestinationPolicy", (input, context) => {
  const { policy: _removed, ...found } = findDestination(context, input.deliveryDestinationName);
  deliveryDestinations(context.cloud).put(context.region, found.name, found);
  return {};
});

/** What AWS's services can send, by the service of the resource. */
const logTypes: Readonly<Record<string, readonly string[]>> = {
  bedrock: ["APPLICATION_LOGS", "USAGE_LOGS", "TRACES"],
  "bedrock-agentcore": ["APPLICATION_LOGS", "USAGE_LOGS", "TRACES"],
  cloudfront: ["ACCESS_LOGS", "CONNECTION_LOGS"],
  codewhisperer: ["EVENT_LOGS"],
  elasticloadbalancing: ["NLB_ACCESS_LOGS", "ALB_ACCESS_LOGS", "ALB_CONNECTION_LOGS"],
  events: ["ERROR_LOGS", "INFO_LOGS", "TRACE_LOGS"],
  ivschat: ["IVS_CHAT_LOGS"],
  mediatailor: ["AD_DECISION_SERVER_LOGS", "MANIFEST_SERVICE_LOGS", "TRANSCODE_LOGS"],
  qbusiness: ["EVENT_LOGS", "SYNC_JOB_LOGS"],
  "vpc-lattice": ["VPC_LATTICE_ACCESS_LOGS"],
  wisdom: ["EVENT_LOGS"],
  workmail: ["ACCESS_CONTROL_LOGS", "AUTHENTICATION_LOGS", "WORKMAIL_AVAILABILITY_PROVIDER_LOGS", "WORKMAIL_MAILBOX_ACCESS_LOGS"],
};

export const putDeliverySource = operation("logs", "PutDeliverySource", (input, context) => {
  const { cloud, region, account } = context;
  checkConstraints("ValidationException", { name: [input.name, name] });
  if (input.tags) checkTags(input.tags);
  const service = /^arn:[\w-]+:([\w-]+):/u.exec(input.resourceArn)?.[1] ?? "";
  const types = Object.hasOwn(logTypes, service) ? logTypes[service]! : undefined;
  if (!types) throw new AwsError("ResourceNotFoundException", "Cannot access provided service.");
  if (!types.includes(input.logType))
    throw validation(`This service is not allowed for this LogSource. Valid logTypes are: ${types.join(", ")}`);
  const before = deliverySources(cloud).get(region, input.name);
  if (before && before.resourceArns[0] !== input.resourceArn)
    throw conflict("Update to existing Delivery Source with new Resource Arn is not allowed. Please create a new Delivery Source instead.");
  const source: DeliverySource = {
    name: input.name,
    arn: `arn:aws:logs:${region}:${account}:delivery-source:${input.name}`,
    resourceArns: [input.resourceArn],
    service,
    logType: input.logType,
    tags: { ...before?.tags, ...input.tags },
  };
  deliverySources(cloud).put(region, input.name, source);
  return { deliverySource: source };
});

export const getDeliverySource = operation("logs", "GetDeliverySource", (input, context) => ({
  deliverySource: findSource(context, input.name),
}));

export const describeDeliverySources = operation("logs", "DescribeDeliverySources", (input, { cloud, region }) => {
  const page = paged(deliverySources(cloud).list(region), input, "DescribeDeliverySources", (each) => each.name);
  return { deliverySources: page.items, ...rest(page) };
});

export const deleteDeliverySource = operation("logs", "DeleteDeliverySource", (input, context) => {
  const { cloud, region } = context;
  findSource(context, input.name);
  if (
    deliveries(cloud)
      .list(region)
      .some((delivery) => delivery.deliverySourceName === input.name)
  )
    throw conflict("Delivery Source is used by a Delivery; delete that first.");
  deliverySources(cloud).delete(region, input.name);
  return {};
});

export const createDelivery = operation("logs", "CreateDelivery", (input, context) => {
  const { cloud, region, account } = context;
  const source = findSource(context, input.deliverySourceName);
  const destination = findDestination(context, input.deliveryDestinationArn.split(":").at(-1)!);
  const taken = deliveries(cloud)
    .list(region)
    .some((each) => each.deliverySourceName === source.name && each.deliveryDestinationArn === destination.arn);
  if (taken) throw conflict("Delivery already exists for the given Delivery Source and Delivery Destination.");
  if (input.tags) checkTags(input.tags);
  const id = cloud.world.random.text(16, "abcdefghijklmnopqrstuvwxyz0123456789");
  const { recordFields, fieldDelimiter, s3DeliveryConfiguration } = input;
  const delivery: Delivery = {
    id,
    arn: `arn:aws:logs:${region}:${account}:delivery:${id}`,
    deliverySourceName: source.name,
    deliveryDestinationArn: destination.arn,
    deliveryDestinationType: destination.deliveryDestinationType,
    ...(recordFields && { recordFields }),
    ...(fieldDelimiter !== undefined && { fieldDelimiter }),
    ...(s3DeliveryConfiguration && {
      s3DeliveryConfiguration: s3DeliveryConfiguration as NonNullable<Delivery["s3DeliveryConfiguration"]>,
    }),
    tags: { ...input.tags },
  };
  deliveries(cloud).put(region, id, delivery);
  return { delivery };
});

export const getDelivery = operation("logs", "GetDelivery", (input, context) => ({ delivery: findDelivery(context, input.id) }));

export const updateDeliveryConfiguration = operation("logs", "UpdateDeliveryConfiguration", (input, context) => {
  const found = findDelivery(context, input.id);
  const { recordFields, fieldDelimiter, s3DeliveryConfiguration } = input;
  deliveries(context.cloud).put(context.region, found.id, {
    ...found,
    ...(recordFields && { recordFields }),
    ...(fieldDelimiter !== undefined && { fieldDelimiter }),
    ...(s3DeliveryConfiguration && {
      s3DeliveryConfiguration: s3DeliveryConfiguration as NonNullable<Delivery["s3DeliveryConfiguration"]>,
    }),
  });
  return {};
});

export const describeDeliveries = operation("logs", "DescribeDeliveries", (input, { cloud, region }) => {
  const page = paged(deliveries(cloud).list(region), input, "DescribeDeliveries", (each) => each.id);
  return { deliveries: page.items, ...rest(page) };
});

export const deleteDelivery = operation("logs", "DeleteDelivery", (input, context) => {
  const { id } = findDelivery(context, input.id);
  deliveries(context.cloud).delete(context.region, id);
  return {};
});
