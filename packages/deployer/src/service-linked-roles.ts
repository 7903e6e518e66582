/** The roles by which AWS's services act in an account: made before an account's first stack, since a stack cannot. */
import { isAwsError, type Aws } from "./aws.ts";
import type { Time } from "./deployment.ts";

const services = ["ecs", "elasticloadbalancing", "rds", "elasticache", "ecs.application-autoscaling"];

/** A role needs this long until services see it. */
const propagationMs = 10_000;

/** @returns the services whose role was made now. */
export async function ensureServiceLinkedRoles(aws: Aws, time: Time, signal: AbortSignal): Promise<string[]> {
  const made: string[] = [];
  await Promise.all(
    services.map(async (service) => {
      try {
        await aws.call("iam", "CreateServiceLinkedRole", { AWSServiceName: `${service}.amazonaws.com` });
        made.push(service);
      } catch (error) {
        if (!isAwsError(error, "InvalidInput", "InvalidInputException") || !/has been taken in this account/.test(error.message))
          throw error;
      }
    }),
  );
  if (made.length > 0) await time.sleep(propagationMs, signal);
  return made;
}
