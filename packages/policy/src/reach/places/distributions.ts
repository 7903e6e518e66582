/** CloudFront's distributions, and the origins to which they hand on. */
import { asList, asNumber, asRecord, asRecords, type Facts, type Resource } from "../../facts.ts";
import type { UnnamedPlace } from "../places.ts";
import { idOf } from "../routes.ts";
import { common, tcp } from "./programs.ts";

/** @param others among which origins are found. */
export function distributions(facts: Facts, others: readonly UnnamedPlace[]): UnnamedPlace[] {
  return facts.ofType("AWS::CloudFront::Distribution").map((one) => {
    const configuration = asRecord(one.properties["DistributionConfig"]);
    return {
      ...common(one),
      kind: "distribution" as const,
      groups: [],
      subnets: [],
      publicAddress: true,
      listens: [tcp(80), tcp(443)],
      outside: true,
      forwardsTo: asRecords(configuration["Origins"]).flatMap((origin) => targets(facts, one, origin, others)),
    };
  });
}

function targets(facts: Facts, distribution: Resource, origin: Readonly<Record<string, unknown>>, others: readonly UnnamedPlace[]) {
  const found = originPlaces(facts, distribution, origin, others);
  const custom = asRecord(origin["CustomOriginConfig"]);
  const plain = custom["OriginProtocolPolicy"] === "http-only";
  const port = asNumber(custom[plain ? "HTTPPort" : "HTTPSPort"]) ?? (plain ? 80 : 443);
  return found.map((place) => ({ id: place.id, ports: [tcp(port)] }));
}

/** By a reference, by a record of DNS that leads there, or what the same thing of the app runs, where addresses are kept elsewhere. */
function originPlaces(
  facts: Facts,
  { key }: Resource,
  { DomainName: name, S3OriginConfig: bucket }: Readonly<Record<string, unknown>>,
  others: readonly UnnamedPlace[],
): UnnamedPlace[] {
  const direct = others.filter(({ id }) => id === idOf(name));
  if (direct.length > 0 || bucket !== undefined) return direct;
  const records = facts
    .ofType("AWS::Route53::RecordSet")
    .filter(({ properties }) => String(properties["Name"]).replace(/\.$/, "") === name)
    .flatMap(({ properties }) => [asRecord(properties["AliasTarget"])["DNSName"], ...asList(properties["ResourceRecords"])])
    .flatMap((value) => facts.allNamed(value).map(({ id }) => id));
  const byRecord = others.filter(({ id }) => records.includes(id));
  if (byRecord.length > 0) return byRecord;
  return others.filter((place) => key !== undefined && place.key === key && place.kind === "program" && place.listens.length > 0);
}
