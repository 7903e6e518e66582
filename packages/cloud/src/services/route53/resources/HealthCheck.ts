/** AWS::Route53::HealthCheck. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import { retag } from "./zone-tags.ts";

type Properties = ResourceProperties["AWS::Route53::HealthCheck"];

export const healthCheck = resource("AWS::Route53::HealthCheck", {
  coverage: {
    real: ["HealthCheckConfig", "HealthCheckTags"],
    recorded: ["HealthCheckConfig.MeasureLatency", "HealthCheckConfig.Regions"],
    refused: { "HealthCheckConfig.RoutingControlArn": "there is no Application Recovery Controller in the embedded cloud" },
    note: "Asks addresses of this machine on the schedule of the template; others are not asked and count as healthy.",
  },
  async create(request) {
    const { HealthCheck } = await request.call(
      "route53",
      "CreateHealthCheck",
      withSystemTags(
        { CallerReference: request.token, HealthCheckConfig: request.properties.HealthCheckConfig } as never,
        splitTags(request.tags, request.properties.HealthCheckTags).system,
      ),
    );
    return finish(request, HealthCheck!.Id!);
  },
  async update(request) {
    const { properties, previous, physicalId, call } = request;
    const { Type: _, RequestInterval: __, MeasureLatency: ___, RoutingControlArn: ____, ...config } = properties.HealthCheckConfig;
    const resettable = ["ChildHealthChecks", "FullyQualifiedDomainName", "Regions", "ResourcePath"] as const;
    const reset = resettable.filter((name) => previous.HealthCheckConfig[name] !== undefined && config[name] === undefined);
    await call("route53", "UpdateHealthCheck", {
      HealthCheckId: physicalId,
      ...config,
      ...(reset.length > 0 && { ResetElements: reset }),
    } as never);
    return finish(request, physicalId, previous);
  },
  async delete({ physicalId, call }) {
    try {
      await call("route53", "DeleteHealthCheck", { HealthCheckId: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "NoSuchHealthCheck")) throw error;
    }
  },
  async find(request) {
    for (let Marker: string | undefined; ;) {
      const page = await request.call("route53", "ListHealthChecks", Marker === undefined ? {} : { Marker });
      const found = page.HealthChecks?.find(({ CallerReference }) => CallerReference === request.token);
      if (found) return finish(request, found.Id!);
      if (page.NextMarker === undefined) return undefined;
      Marker = page.NextMarker;
    }
  },
});

async function finish({ call, tags, properties }: ResourceRequest<Properties>, id: string, previous?: Properties) {
  await retag(call, "healthcheck", id, splitTags(tags, properties.HealthCheckTags).own, previous?.HealthCheckTags);
  return { physicalId: id, attributes: { HealthCheckId: id } };
}
