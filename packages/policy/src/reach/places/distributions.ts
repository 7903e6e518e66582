/** CloudFront's distributions, and the origins to which they hand on. */
import { asNumber, asRecord, asRecords, type Facts, type Resource } from "../../facts.ts";
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
      forwardsTo: asRecords(configuration["Origins"]).flatMap((origin) => targets(one, origin, others)),
    };
  });
}

function targets(distribution: Resource, origin: Readonly<Record<string, unknown>>, others: readonly UnnamedPlace[]) {
  const custom = asRecord(origin["CustomOriginConfig"]);
  const ports =
    custom["OriginProtocolPolicy"] === "http-only"
      ? [tcp(asNumber(custom["HTTPPort"]) ?? 80)]
      : [tcp(asNumber(custom["HTTPSPort"]) ?? 443)];
  const id = idOf(origin["DomainName"]);
  const direct = others.filter((place) => place.id === id);
  // A name that stands for addresses kept elsewhere: what the same thing of the app runs.
  const alike =
    direct.length > 0 || origin["S3OriginConfig"] !== undefined
      ? direct
      : others.filter(({ key, kind }) => key !== undefined && key === distribution.key && kind === "program");
  return alike.map((place) => ({ id: place.id, ports }));
}
