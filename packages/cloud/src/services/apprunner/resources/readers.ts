/** How services, connectors and configurations are read again. */
import type { Readers } from "../../../resource.ts";

const pairs = (map: Record<string, string> | undefined) => map && Object.entries(map).map(([Name, Value]) => ({ Name, Value }));

export const readers: Readers = {
  "AWS::AppRunner::AutoScalingConfiguration": async ({ call, physicalId }) => {
    const answer = await call("apprunner", "DescribeAutoScalingConfiguration", { AutoScalingConfigurationArn: physicalId });
    return { ...answer.AutoScalingConfiguration };
  },
  "AWS::AppRunner::ObservabilityConfiguration": async ({ call, physicalId }) => {
    const answer = await call("apprunner", "DescribeObservabilityConfiguration", { ObservabilityConfigurationArn: physicalId });
    return { ...answer.ObservabilityConfiguration };
  },
  "AWS::AppRunner::Service": async ({ call, physicalId }) => {
    const { Service } = await call("apprunner", "DescribeService", { ServiceArn: physicalId });
    if (!Service || Service.Status === "DELETED") return undefined;
    const { SourceConfiguration: source } = Service;
    const repository = source?.ImageRepository;
    const image = repository?.ImageConfiguration;
    return {
      ...Service,
      AutoScalingConfigurationArn: Service.AutoScalingConfigurationSummary?.AutoScalingConfigurationArn,
      SourceConfiguration: {
        ...source,
        ImageRepository: {
          ...repository,
          ImageConfiguration: {
            ...image,
            RuntimeEnvironmentVariables: pairs(image?.RuntimeEnvironmentVariables) ?? null,
            RuntimeEnvironmentSecrets: pairs(image?.RuntimeEnvironmentSecrets) ?? null,
          },
        },
      },
    };
  },
  "AWS::AppRunner::VpcConnector": async ({ call, physicalId }) => {
    const { VpcConnector } = await call("apprunner", "DescribeVpcConnector", { VpcConnectorArn: physicalId });
    return { ...VpcConnector };
  },
};
