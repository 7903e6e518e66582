/** Namespaces that are hosted zones of Route 53 as well, in one VPC or in public. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { invalidInput, namespaceExists } from "../errors.ts";
import { namespaces, newId, noteOperation, requireNamespace } from "../records.ts";
import { checkedTags } from "../tags.ts";

const standardSoaTtlSeconds = 15;

interface Given {
  Name: string;
  Description?: string | undefined;
  CreatorRequestId?: string | undefined;
  Vpc?: string;
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
  Properties?: { DnsProperties?: { SOA?: { TTL?: number | undefined } | undefined } | undefined } | undefined;
}

async function create(context: OperationContext, input: Given): Promise<{ OperationId: string }> {
  const { clock, random } = context.cloud.world;
  checkConstraints("InvalidInput", {
    name: [input.Name, { length: [1, 253], pattern: "[!-~]{1,253}" }],
    description: [input.Description, { length: [0, 1024] }],
    vpc: [input.Vpc, { length: [1, 64] }],
  });
  const tags = checkedTags(input.Tags);
  const same = namespaces(context)
    .list(context.region)
    .find(({ name }) => name === input.Name);
  if (same) throw namespaceExists(same.id, same.name);
  const requestId = input.CreatorRequestId ?? random.uuid();
  const id = newId(context, "ns");
  let hostedZoneId: string;
  try {
    const { HostedZone } = await context.call("route53", "CreateHostedZone", {
      Name: input.Name,
      CallerReference: `${id} ${requestId}`,
      HostedZoneConfig: { Comment: "Created by AWS Cloud Map", PrivateZone: input.Vpc !== undefined },
      ...(input.Vpc !== undefined && { VPC: { VPCId: input.Vpc, VPCRegion: context.region as never } }),
    });
    hostedZoneId = HostedZone!.Id!.replace("/hostedzone/", "");
  } catch (error) {
    // As on AWS the operation tells it, not the call.
    if (!(error instanceof AwsError)) throw error;
    const code = error.code.startsWith("AccessDenied") ? "ACCESS_DENIED" : "CANNOT_CREATE_HOSTED_ZONE";
    return noteOperation(context, "CREATE_NAMESPACE", { NAMESPACE: id }, { code, message: error.message });
  }
  namespaces(context).put(context.region, id, {
    id,
    name: input.Name,
    ...(input.Description !== undefined && { description: input.Description }),
    dns: {
      type: input.Vpc === undefined ? "DNS_PUBLIC" : "DNS_PRIVATE",
      hostedZoneId,
      soaTtlSeconds: input.Properties?.DnsProperties?.SOA?.TTL ?? standardSoaTtlSeconds,
    },
    requestId,
    createdMs: clock.nowMs(),
    tags,
  });
  return noteOperation(context, "CREATE_NAMESPACE", { NAMESPACE: id });
}

function update(
  context: OperationContext,
  given: string,
  type: "DNS_PRIVATE" | "DNS_PUBLIC",
  change: Pick<Given, "Description" | "Properties">,
): { OperationId: string } {
  const record = requireNamespace(context, given);
  if (record.dns?.type !== type) throw invalidInput(`Namespace ${record.id} is not of the type ${type}.`);
  const ttl = change.Properties?.DnsProperties?.SOA?.TTL;
  namespaces(context).put(context.region, record.id, {
    ...record,
    ...(change.Description !== undefined && { description: change.Description }),
    dns: { ...record.dns, ...(ttl !== undefined && { soaTtlSeconds: ttl }) },
  });
  return noteOperation(context, "UPDATE_NAMESPACE", { NAMESPACE: record.id });
}

export const createPrivateDnsNamespace = operation("servicediscovery", "CreatePrivateDnsNamespace", (input, context) =>
  create(context, input),
);

export const createPublicDnsNamespace = operation("servicediscovery", "CreatePublicDnsNamespace", (input, context) =>
  create(context, input),
);

export const updatePrivateDnsNamespace = operation("servicediscovery", "UpdatePrivateDnsNamespace", ({ Id, Namespace }, context) =>
  update(context, Id, "DNS_PRIVATE", Namespace),
);

export const updatePublicDnsNamespace = operation("servicediscovery", "UpdatePublicDnsNamespace", ({ Id, Namespace }, context) =>
  update(context, Id, "DNS_PUBLIC", Namespace),
);
