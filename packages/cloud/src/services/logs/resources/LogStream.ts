/** AWS::Logs::LogStream. */
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";

export const logStream = resource("AWS::Logs::LogStream", {
  coverage: { real: ["LogGroupName", "LogStreamName"] },
  async create(request) {
    const { LogGroupName, LogStreamName = request.physicalName(512) } = request.properties;
    await request.call("logs", "CreateLogStream", { logGroupName: LogGroupName, logStreamName: LogStreamName });
    return { physicalId: LogStreamName, attributes: {} };
  },
  async delete({ physicalId, properties, call }) {
    try {
      await call("logs", "DeleteLogStream", { logGroupName: properties.LogGroupName, logStreamName: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
  /** Only a generated name is this stack's for certain. */
  async find({ properties, physicalName, call }) {
    if (properties.LogStreamName !== undefined) return undefined;
    const name = physicalName(512);
    const { logStreams = [] } = await call("logs", "DescribeLogStreams", {
      logGroupName: properties.LogGroupName,
      logStreamNamePrefix: name,
    });
    return logStreams.some(({ logStreamName }) => logStreamName === name) ? { physicalId: name, attributes: {} } : undefined;
  },
});
