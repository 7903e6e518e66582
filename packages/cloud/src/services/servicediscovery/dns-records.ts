/**
 * The records that instances of a service have in the hosted zone of their namespace: one for each healthy instance, answered by turns. Source: Cloud Map API
 * reference, DnsConfig and RegisterInstance.
 */
import type { DnsConfig } from "@aws-sdk/client-servicediscovery";
import type { Input } from "../../aws.ts";
import { checkConstraints } from "../../constraints.ts";
import type { OperationContext } from "../../service.ts";
import { invalidInput, notServedHere } from "./errors.ts";
import { type InstanceRecord, instancesOf, type NamespaceRecord, type ServiceRecord } from "./records.ts";

type RecordSet = Input<"route53", "ChangeResourceRecordSets">["ChangeBatch"]["Changes"][number]["ResourceRecordSet"];

const longestTtlSeconds = 2_147_483_647;

/** What a service asks for, checked against its namespace. */
export function checkedDnsConfig(namespace: NamespaceRecord, given: DnsConfig | undefined): ServiceRecord["dnsConfig"] {
  if (!given) return undefined;
  if (!namespace.dns) throw invalidInput("DnsConfig can not be specified for services in an HTTP namespace.");
  const { RoutingPolicy = "MULTIVALUE", DnsRecords = [] } = given;
  checkConstraints("InvalidInput", { "dnsConfig.routingPolicy": [RoutingPolicy, { enum: ["MULTIVALUE", "WEIGHTED"] }] });
  for (const [index, { Type, TTL }] of DnsRecords.entries()) {
    checkConstraints("InvalidInput", {
      [`dnsConfig.dnsRecords.${index + 1}.member.type`]: [Type, { enum: ["SRV", "A", "AAAA", "CNAME"] }],
      [`dnsConfig.dnsRecords.${index + 1}.member.tTL`]: [TTL, { range: [0, longestTtlSeconds] }],
    });
  }
  const types = DnsRecords.map(({ Type }) => Type);
  if (new Set(types).size < types.length) throw invalidInput("DnsRecords must have distinct types.");
  if (types.includes("CNAME") && types.length > 1) throw invalidInput("A CNAME record can't be combined with records of other types.");
  if (types.includes("CNAME") && RoutingPolicy !== "WEIGHTED") throw invalidInput("The routing policy of CNAME records must be WEIGHTED.");
  return { RoutingPolicy, DnsRecords };
}

const needed = { A: "AWS_INSTANCE_IPV4", AAAA: "AWS_INSTANCE_IPV6", CNAME: "AWS_INSTANCE_CNAME", SRV: "AWS_INSTANCE_PORT" } as const;

/** That an instance has what the records of its service are made of. */
export function checkAttributes({ dnsConfig }: ServiceRecord, attributes: Readonly<Record<string, string>>): void {
  for (const name of ["AWS_ALIAS_DNS_NAME", "AWS_EC2_INSTANCE_ID"])
    if (attributes[name] !== undefined) throw notServedHere(`register instances by ${name}`);
  for (const { Type } of dnsConfig?.DnsRecords ?? []) {
    const name = needed[Type!];
    if (attributes[name] === undefined) throw invalidInput(`The attribute ${name} is required for ${Type} records.`);
  }
}

/** All of the service, by name and type, that its healthy instances make. */
function recordsOf(namespace: NamespaceRecord, service: ServiceRecord, all: readonly InstanceRecord[]): RecordSet[] {
  const { RoutingPolicy, DnsRecords = [] } = service.dnsConfig!;
  const name = `${service.name}.${namespace.name}.`;
  const routed = RoutingPolicy === "WEIGHTED" ? { Weight: 1 } : { MultiValueAnswer: true };
  const typesWithSrv = DnsRecords.some(({ Type }) => Type === "SRV");
  return all
    .filter(({ healthy }) => healthy)
    .flatMap(({ id, attributes }) =>
      DnsRecords.map(({ Type, TTL }) => {
        const value = attributes[needed[Type!]]!;
        // With SRV each instance has a name of its own, to which the service's record leads.
        const own = `${id}.${name}`;
        const target = { TTL: TTL!, ResourceRecords: [{ Value: Type === "SRV" ? `1 1 ${value} ${own}` : value }] };
        return typesWithSrv && Type !== "SRV"
          ? { Name: own, Type: Type!, ...target }
          : { Name: name, Type: Type!, SetIdentifier: id, ...routed, ...target };
      }),
    );
}

const keyOf = ({ Name, Type, SetIdentifier = "" }: RecordSet) => `${Name} ${Type} ${SetIdentifier}`;

/** Brings the hosted zone, with the caller's rights, from the records of `before` to those of the service as it is kept now. */
export async function syncRecords(
  context: OperationContext,
  namespace: NamespaceRecord,
  before: { service: ServiceRecord; instances: readonly InstanceRecord[] },
  now: ServiceRecord,
): Promise<void> {
  if (!namespace.dns || !(before.service.dnsConfig ?? now.dnsConfig)) return;
  const old = before.service.dnsConfig ? recordsOf(namespace, before.service, before.instances) : [];
  const wanted = now.dnsConfig ? recordsOf(namespace, now, instancesOf(context, now.id)) : [];
  const stays = new Set(wanted.map(keyOf));
  const same = new Set(old.map((each) => JSON.stringify(each)));
  const Changes = [
    ...old.filter((each) => !stays.has(keyOf(each))).map((ResourceRecordSet) => ({ Action: "DELETE" as const, ResourceRecordSet })),
    ...wanted
      .filter((each) => !same.has(JSON.stringify(each)))
      .map((ResourceRecordSet) => ({ Action: "UPSERT" as const, ResourceRecordSet })),
  ];
  if (Changes.length === 0) return;
  await context.call("route53", "ChangeResourceRecordSets", { HostedZoneId: namespace.dns.hostedZoneId, ChangeBatch: { Changes } });
}
