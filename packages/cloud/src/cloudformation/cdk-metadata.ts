/** AWS::CDK::Metadata, which every CDK stack brings along: on AWS too it is nothing but a line in the template. */
import type { AnyHandler } from "./coverage.ts";

/** Its type is in no published schema, so it stands beside the table of types. */
export const cdkMetadata: AnyHandler = {
  coverage: { real: [], recorded: ["Analytics", "Modules"] },
  create: async (request) => ({ physicalId: request.physicalName(64, { lowerCase: true }), attributes: {} }),
  update: async ({ physicalId }) => ({ physicalId, attributes: {} }),
  replaces: () => false,
  delete: async () => undefined,
};
