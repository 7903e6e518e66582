/** CloudFormation types that are one configuration under an id: policies, origin access controls, origin access identities. */
import { AwsError } from "../../../aws-error.ts";
import type { Coverage, Made, ResourceHandler, ResourceRequest } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { type Kind, listConfigured, requireConfigured } from "../configured.ts";
import { listed } from "./listed.ts";

interface Words<P> {
  kind: Kind;
  /** As in `CreateCachePolicy`. */
  name: string;
  /** The only property. */
  property: keyof P & string;
  coverage: Coverage<P>;
  /** What the configuration has besides, which templates do not say. */
  added?: (request: ResourceRequest<P>) => object;
}

type AnyCall = (service: "cloudfront", operation: string, input: object) => Promise<Record<string, unknown>>;
const anyCall = (call: Call) => call as unknown as AnyCall;

export function configuredResource<P extends object>({ kind, name, property, coverage, added = () => ({}) }: Words<P>): ResourceHandler<P> {
  const configOf = (request: ResourceRequest<P>) => ({
    [`${name}Config`]: { ...(listed(request.properties[property]) as object), ...added(request) },
  });
  const made = ({ cloud }: Pick<ResourceRequest<P>, "cloud">, id: string): Made => {
    const { modifiedMs, canonicalUserId } = requireConfigured(cloud, kind, id);
    return {
      physicalId: id,
      attributes: {
        Id: id,
        ...(kind.endsWith("policy") && { LastModifiedTime: new Date(modifiedMs).toISOString() }),
        ...(canonicalUserId !== undefined && { S3CanonicalUserId: canonicalUserId }),
      },
    };
  };
  return {
    coverage,
    async create(request) {
      const answer = await anyCall(request.call)(
        "cloudfront",
        `Create${name}`,
        withOrigin(configOf(request), { tags: {}, token: request.token }),
      );
      return made(request, (answer[name] as { Id: string }).Id);
    },
    async update(request) {
      const Id = request.physicalId;
      const { ETag } = await anyCall(request.call)("cloudfront", `Get${name}`, { Id });
      await anyCall(request.call)("cloudfront", `Update${name}`, { Id, IfMatch: ETag, ...configOf(request) });
      return made(request, Id);
    },
    async delete({ call, physicalId: Id }) {
      try {
        const { ETag } = await anyCall(call)("cloudfront", `Get${name}`, { Id });
        await anyCall(call)("cloudfront", `Delete${name}`, { Id, IfMatch: ETag });
      } catch (error) {
        if (!(error instanceof AwsError && error.code === `NoSuch${name}`)) throw error;
      }
    },
    async find(request) {
      const found = listConfigured(request.cloud, kind).custom.find(({ token }) => token === request.token);
      return found && made(request, found.id);
    },
  };
}
