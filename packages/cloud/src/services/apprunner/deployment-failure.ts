/** Why a version did not come up, as a sentence for the deployment's log. */
export class DeploymentFailure extends Error {}
