/** AWS::Events::Archive. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import { patternText } from "./Rule.ts";

type Properties = ResourceProperties["AWS::Events::Archive"];

function settingsOf({ Description, EventPattern, RetentionDays, KmsKeyIdentifier }: Properties) {
  const pattern = patternText(EventPattern);
  return {
    ...(Description !== undefined && { Description }),
    ...(pattern !== undefined && { EventPattern: pattern }),
    ...(RetentionDays !== undefined && { RetentionDays }),
    ...(KmsKeyIdentifier !== undefined && { KmsKeyIdentifier }),
  };
}

export const eventArchive = resource("AWS::Events::Archive", {
  coverage: { real: ["ArchiveName", "Description", "EventPattern", "RetentionDays", "SourceArn"], recorded: ["KmsKeyIdentifier"] },
  /** Safe to repeat: the token is that of the act. */
  async create(request) {
    const { call, properties, token } = request;
    const ArchiveName = properties.ArchiveName ?? request.physicalName(48);
    const input = { ArchiveName, EventSourceArn: properties.SourceArn, ...settingsOf(properties) };
    const { ArchiveArn: Arn = "" } = await call("events", "CreateArchive", withOrigin(input, { tags: {}, token }));
    return { physicalId: ArchiveName, attributes: { Arn } };
  },
  async update({ call, physicalId, properties }) {
    const { ArchiveArn: Arn = "" } = await call("events", "UpdateArchive", { ArchiveName: physicalId, ...settingsOf(properties) });
    return { physicalId, attributes: { Arn } };
  },
  async delete({ call, physicalId }) {
    try {
      await call("events", "DeleteArchive", { ArchiveName: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
});
