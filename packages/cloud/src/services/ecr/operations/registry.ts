/** The registry of the account: its description and the tokens that clients log in with. */
import { operation } from "../../../service.ts";

const validMs = 12 * 3_600_000;

/** The token names the registry and a random password; there is no registry endpoint to use it on (README). */
export const getAuthorizationToken = operation("ecr", "GetAuthorizationToken", (input, { cloud, account, region }) => {
  const expiresAt = new Date(cloud.world.clock.nowMs() + validMs);
  const one = (registry: string) => ({
    authorizationToken: Buffer.from(`AWS:${cloud.world.random.hex(64)}`).toString("base64"),
    expiresAt,
    proxyEndpoint: `https://${registry}.dkr.ecr.${region}.amazonaws.com`,
  });
  return { authorizationData: (input.registryIds ?? [account]).map(one) };
});

export const describeRegistry = operation("ecr", "DescribeRegistry", (_input, { account }) => ({
  registryId: account,
  replicationConfiguration: { rules: [] },
}));
