/** The image of a service: pulled with its access role, and pinned to a digest, so that all instances of a version are the same. */
import { AwsError } from "../../aws-error.ts";
import { resolveImage, type RunnableImage } from "../../runtime/tasks/image.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import { assumeTaskRole } from "../../runtime/tasks/task-role.ts";
import { DeploymentFailure } from "./deployment-failure.ts";
import { buildPrincipal, type Scope } from "./names.ts";
import type { ServiceConfiguration } from "./service.ts";

export interface PulledImage {
  /** With its digest, where it has one. */
  reference: string;
  image: RunnableImage;
}

/** Throws DeploymentFailure. */
export async function pull({ cloud, region }: Scope, { source }: ServiceConfiguration, reference: string): Promise<PulledImage> {
  const roleArn = source.AuthenticationConfiguration?.AccessRoleArn;
  try {
    const role = roleArn === undefined ? undefined : assumeTaskRole(cloud, roleArn, "AppRunnerBuild", region, buildPrincipal);
    const image = await resolveImage(cloud, reference, role && ((home) => cloud.as(role, home)));
    return { reference: image.digest === undefined ? reference : pinned(reference, image.digest), image };
  } catch (error) {
    if (error instanceof TaskFailure || error instanceof AwsError)
      throw new DeploymentFailure(`Failed to pull your application image. Reason: ${error.message}`);
    throw error;
  }
}

/** The digest that the service's tag stands for now; `undefined` where that cannot be told. */
export async function currentDigest(scope: Scope, configuration: ServiceConfiguration): Promise<string | undefined> {
  const found = await pull(scope, configuration, configuration.source.ImageRepository!.ImageIdentifier!).catch(() => undefined);
  return found?.image.digest;
}

/** `REPOSITORY[:TAG][@DIGEST]` → `REPOSITORY@DIGEST`. */
function pinned(reference: string, digest: string): string {
  const bare = reference.replace(/@sha256:[0-9a-f]{64}$/, "").replace(/:[\w.-]{1,128}$/, "");
  return `${bare}@${digest}`;
}
