/** AWS::WAFv2::LoggingConfiguration. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { unlessGone } from "./named.ts";

type Configuration = Input<"wafv2", "PutLoggingConfiguration">["LoggingConfiguration"];
type Properties = ResourceProperties["AWS::WAFv2::LoggingConfiguration"];

export const loggingConfiguration = resource("AWS::WAFv2::LoggingConfiguration", {
  coverage: {
    real: ["LogDestinationConfigs", "LoggingFilter", "RedactedFields", "ResourceArn"],
    refused: { "RedactedFields.JsonBody": "bodies are not logged" },
    note: "Into a log group whose name begins with aws-waf-logs-.",
  },
  async create(request) {
    const existing = await request
      .call("wafv2", "GetLoggingConfiguration", { ResourceArn: request.properties.ResourceArn })
      .catch(unlessGone);
    if (existing) throw new AwsError("AlreadyExists", `${request.properties.ResourceArn} already exists`);
    return put(request);
  },
  /** A web ACL has one configuration: one that says what the template says is what an interrupted create has made. */
  async find(request) {
    const found = await request.call("wafv2", "GetLoggingConfiguration", { ResourceArn: request.properties.ResourceArn }).catch(unlessGone);
    const same =
      JSON.stringify(found?.LoggingConfiguration?.LogDestinationConfigs) ===
      JSON.stringify(inputOf(request.properties).LogDestinationConfigs);
    return found && same ? made(request.properties.ResourceArn) : undefined;
  },
  update: put,
  async delete({ call, physicalId }) {
    await call("wafv2", "DeleteLoggingConfiguration", { ResourceArn: physicalId }).catch(unlessGone);
  },
});

async function put({ call, properties }: ResourceRequest<Properties>) {
  await call("wafv2", "PutLoggingConfiguration", { LoggingConfiguration: inputOf(properties) });
  return made(properties.ResourceArn);
}

const inputOf = ({ ResourceArn, LogDestinationConfigs, LoggingFilter, RedactedFields }: Properties): Configuration => ({
  ResourceArn,
  LogDestinationConfigs: LogDestinationConfigs.map((arn) => arn.replace(/:\*$/u, "")),
  ...(LoggingFilter && { LoggingFilter: LoggingFilter as Configuration["LoggingFilter"] }),
  ...(RedactedFields && { RedactedFields: RedactedFields as Configuration["RedactedFields"] }),
});

const made = (arn: string) => ({ physicalId: arn, attributes: { ManagedByFirewallManager: false } });
