/** Attributes of a service itself: GetServiceAttributes, UpdateServiceAttributes, DeleteServiceAttributes. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { arnOf, requireService, services } from "../records.ts";

const most = 30;

export const getServiceAttributes = operation("servicediscovery", "GetServiceAttributes", ({ ServiceId }, context) => {
  const { id, attributes = {} } = requireService(context, ServiceId);
  return { ServiceAttributes: { ServiceArn: arnOf(context, id), ResourceOwner: context.account, Attributes: attributes } };
});

export const updateServiceAttributes = operation("servicediscovery", "UpdateServiceAttributes", ({ ServiceId, Attributes }, context) => {
  for (const [key, value] of Object.entries(Attributes)) {
    checkConstraints("InvalidInput", {
      "attributes.key": [key, { length: [1, 255] }],
      [`attributes.${key}`]: [value, { length: [0, 1024] }],
    });
  }
  const service = requireService(context, ServiceId);
  const attributes = { ...service.attributes, ...Attributes };
  if (Object.keys(attributes).length > most) {
    throw new AwsError("ServiceAttributesLimitExceededException", `The service ${service.id} can have at most ${most} attributes.`);
  }
  services(context).put(context.region, service.id, { ...service, attributes });
  return {};
});

export const deleteServiceAttributes = operation("servicediscovery", "DeleteServiceAttributes", ({ ServiceId, Attributes }, context) => {
  const service = requireService(context, ServiceId);
  const left = Object.entries(service.attributes ?? {}).filter(([key]) => !Attributes.includes(key));
  services(context).put(context.region, service.id, { ...service, attributes: Object.fromEntries(left) });
  return {};
});
