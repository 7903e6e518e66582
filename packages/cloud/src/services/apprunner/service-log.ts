/** What App Runner writes of a service: events and deployments in `/aws/apprunner/NAME/ID/service`. The program's own output goes into `…/application`. */
import { AwsError } from "../../aws-error.ts";
import { asAppRunner, type Scope } from "./names.ts";
import type { ServiceRecord } from "./service.ts";

type Named = Pick<ServiceRecord, "name" | "id">;

export const groupOf = ({ name, id }: Named, what: "service" | "application"): string => `/aws/apprunner/${name}/${id}/${what}`;

/** Writes a line into a stream: `events`, or `deployment/ID`. What a log does not take is said on the cloud's own. */
export async function note(scope: Scope, service: Named, stream: string, text: string): Promise<void> {
  const call = asAppRunner(scope);
  const logGroupName = groupOf(service, "service");
  const message = `[AppRunner] ${text}`;
  const put = () =>
    call("logs", "PutLogEvents", {
      logGroupName,
      logStreamName: stream,
      logEvents: [{ timestamp: scope.cloud.world.clock.nowMs(), message }],
    });
  try {
    await put();
  } catch (error) {
    if (scope.cloud.stopping.aborted) return;
    try {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
      await call("logs", "CreateLogGroup", { logGroupName }).catch(unlessThere);
      await call("logs", "CreateLogStream", { logGroupName, logStreamName: stream }).catch(unlessThere);
      await put();
    } catch (failure) {
      if (!scope.cloud.stopping.aborted) console.error(`apprunner: ${logGroupName} did not take "${text}":`, failure);
    }
  }
}

function unlessThere(error: unknown): void {
  if (!(error instanceof AwsError && error.code === "ResourceAlreadyExistsException")) throw error;
}
