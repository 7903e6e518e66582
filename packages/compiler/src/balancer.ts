/** What services and alarms know of a load balancer, whether the app declares it or public services share it. */
import type { AnyDeclared } from "@plinth/language/reading";
import type { Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { Made, Value } from "./value.ts";

export interface Balancer {
  readonly named: Pick<Named, "key" | "id" | "kebab">;
  readonly loadBalancer: Made;
  /** The group of each service that it sends requests to. */
  readonly targetGroups: ReadonlyMap<AnyDeclared, Made>;
  /** The second group of each service whose new versions stand as a whole beside the old one. */
  readonly alternates: ReadonlyMap<AnyDeclared, Made>;
  /** What must stand before a service can take requests. */
  rulesOf(service: AnyDeclared): Made[];
}

/** Known to AWS as the newest that all current browsers speak. */
export const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06";

export const notFound = {
  Type: "fixed-response",
  FixedResponseConfig: { StatusCode: "404", ContentType: "text/plain", MessageBody: "Not found" },
};

export const toTls = {
  Type: "redirect",
  RedirectConfig: { Protocol: "HTTPS", Port: "443", Host: "#{host}", Path: "/#{path}", Query: "#{query}", StatusCode: "HTTP_301" },
};

/** A public zone of Route 53, as a parameter of the stack. `create`: it is made where there is none. */
export function zoneValue(name: string, zone: string, create: boolean): Value {
  return {
    kind: "source",
    name,
    parameter: { Type: "AWS::Route53::HostedZone::Id", Description: `The zone ${zone} in Route 53` },
    source: { from: "hosted-zone", zone, ...(create && { create }) },
  };
}

/** A name that leads to a load balancer. */
export function buildAlias(
  { draft }: Compilation,
  id: string,
  origin: Parameters<Compilation["draft"]["add"]>[2],
  { zone, name, loadBalancer }: { zone: Value; name: string; loadBalancer: Made },
): void {
  draft.add("compute", id, origin, (here) => ({
    Type: "AWS::Route53::RecordSet",
    Properties: {
      HostedZoneId: here.take(zone),
      Name: name,
      Type: "A",
      AliasTarget: {
        DNSName: here.take(loadBalancer.attribute("DNSName")),
        HostedZoneId: here.take(loadBalancer.attribute("CanonicalHostedZoneID")),
      },
    },
  }));
}

/** What a load balancer does beside handing on. */
export function balancerAttributes({
  protect,
  idleTimeoutSeconds,
  logs,
}: {
  /** Whether it refuses to be deleted. */
  protect: boolean;
  idleTimeoutSeconds: number;
  /** Where it writes a line for each request. */
  logs: { bucket: unknown; prefix: string } | undefined;
}) {
  return Object.entries({
    "deletion_protection.enabled": protect,
    "idle_timeout.timeout_seconds": String(idleTimeoutSeconds),
    "routing.http.drop_invalid_header_fields.enabled": true,
    ...(logs && { "access_logs.s3.enabled": true, "access_logs.s3.bucket": logs.bucket, "access_logs.s3.prefix": logs.prefix }),
    // CloudFormation makes a string of a boolean; who reads the template expects one.
  }).map(([Key, Value]) => ({ Key, Value: Value as string }));
}
