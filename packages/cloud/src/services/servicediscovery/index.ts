/** AWS Cloud Map in the embedded cloud: namespaces in which services find each other. README.md says what is real and what refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import * as dnsNamespaces from "./operations/dns-namespaces.ts";
import * as namespaces from "./operations/namespaces.ts";
import * as serviceAttributes from "./operations/service-attributes.ts";
import * as services from "./operations/services.ts";
import { listTagsForResource, tagResource, untagResource } from "./tags.ts";

interface Input {
  Id?: string | undefined;
  NamespaceId?: string | undefined;
  ServiceId?: string | undefined;
  ResourceARN?: string | undefined;
}

/** The action on the namespace or service that the input names; on `*` where it names none. */
const on =
  (action: string) =>
  (input: Input, context: OperationContext): Authorization[] => {
    const given = input.ResourceARN ?? input.ServiceId ?? input.NamespaceId ?? input.Id;
    return [{ action: `servicediscovery:${action}`, resource: given === undefined ? "*" : services.namedArn(context, given) }];
  };

export const servicediscovery = defineService({
  id: "servicediscovery",
  operations: {
    CreateHttpNamespace: namespaces.createHttpNamespace,
    CreatePrivateDnsNamespace: dnsNamespaces.createPrivateDnsNamespace,
    CreatePublicDnsNamespace: dnsNamespaces.createPublicDnsNamespace,
    CreateService: services.createService,
    DeleteNamespace: namespaces.deleteNamespace,
    DeleteService: services.deleteService,
    DeleteServiceAttributes: serviceAttributes.deleteServiceAttributes,
    DeregisterInstance: services.deregisterInstance,
    DiscoverInstances: services.discoverInstances,
    GetInstance: services.getInstance,
    GetInstancesHealthStatus: services.getInstancesHealthStatus,
    GetNamespace: namespaces.getNamespace,
    GetOperation: namespaces.getOperation,
    GetService: services.getService,
    GetServiceAttributes: serviceAttributes.getServiceAttributes,
    ListInstances: services.listInstances,
    ListNamespaces: namespaces.listNamespaces,
    ListOperations: namespaces.listOperationBriefs,
    ListServices: services.listServices,
    ListTagsForResource: listTagsForResource,
    RegisterInstance: services.registerInstance,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateHttpNamespace: namespaces.updateHttpNamespace,
    UpdateInstanceCustomHealthStatus: services.updateInstanceCustomHealthStatus,
    UpdatePrivateDnsNamespace: dnsNamespaces.updatePrivateDnsNamespace,
    UpdatePublicDnsNamespace: dnsNamespaces.updatePublicDnsNamespace,
    UpdateService: services.updateService,
    UpdateServiceAttributes: serviceAttributes.updateServiceAttributes,
  },
  authorize: {
    CreateService: on("CreateService"),
    DeleteNamespace: on("DeleteNamespace"),
    DeleteService: on("DeleteService"),
    DeleteServiceAttributes: on("DeleteServiceAttributes"),
    DeregisterInstance: on("DeregisterInstance"),
    GetInstance: on("GetInstance"),
    GetInstancesHealthStatus: on("GetInstancesHealthStatus"),
    GetNamespace: on("GetNamespace"),
    GetService: on("GetService"),
    GetServiceAttributes: on("GetServiceAttributes"),
    ListInstances: on("ListInstances"),
    ListTagsForResource: on("ListTagsForResource"),
    RegisterInstance: on("RegisterInstance"),
    TagResource: on("TagResource"),
    UntagResource: on("UntagResource"),
    UpdateHttpNamespace: on("UpdateHttpNamespace"),
    UpdateInstanceCustomHealthStatus: on("UpdateInstanceCustomHealthStatus"),
    UpdatePrivateDnsNamespace: on("UpdatePrivateDnsNamespace"),
    UpdatePublicDnsNamespace: on("UpdatePublicDnsNamespace"),
    UpdateService: on("UpdateService"),
    UpdateServiceAttributes: on("UpdateServiceAttributes"),
  },
});
