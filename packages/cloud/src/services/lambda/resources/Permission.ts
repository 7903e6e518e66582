/** AWS::Lambda::Permission: a statement in a function's own policy. Every change is another statement. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { unlessGone } from "../../../stack-tags.ts";

type Properties = ResourceProperties["AWS::Lambda::Permission"];

const idOf = (request: ResourceRequest<Properties>) => request.physicalName(100);
const made = (id: string) => ({ physicalId: id, attributes: { Id: id } });

export const lambdaPermission = resource("AWS::Lambda::Permission", {
  coverage: {
    real: ["Action", "EventSourceToken", "FunctionName", "Principal", "PrincipalOrgID", "SourceAccount", "SourceArn"],
    refused: {
      FunctionUrlAuthType: "functions have no URLs of their own",
      InvokedViaFunctionUrl: "functions have no URLs of their own",
    },
  },
  async create(request) {
    const { FunctionName, Action, Principal, SourceArn, SourceAccount, PrincipalOrgID, EventSourceToken } = request.properties;
    const id = idOf(request);
    try {
      await request.call("lambda", "AddPermission", {
        FunctionName,
        StatementId: id,
        Action,
        Principal,
        ...(SourceArn !== undefined && { SourceArn }),
        ...(SourceAccount !== undefined && { SourceAccount }),
        ...(PrincipalOrgID !== undefined && { PrincipalOrgID }),
        ...(EventSourceToken !== undefined && { EventSourceToken }),
      });
    } catch (error) {
      // The name is this act's own: an attempt that was interrupted had made it.
      if (!(error instanceof AwsError && error.code === "ResourceConflictException")) throw error;
    }
    return made(id);
  },
  async delete({ call, physicalId, properties: { FunctionName } }) {
    await call("lambda", "RemovePermission", { FunctionName, StatementId: physicalId }).catch(unlessGone);
  },
});
