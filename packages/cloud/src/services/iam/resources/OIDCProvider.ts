/** AWS::IAM::OIDCProvider. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withOrigin } from "../../../runtime/system-tags.ts";
import { isOidcProviderOf } from "../operations/oidc-provider.ts";
import { added, gone } from "./documents.ts";

type Properties = ResourceProperties["AWS::IAM::OIDCProvider"];

export const oidcProvider = resource("AWS::IAM::OIDCProvider", {
  coverage: {
    real: ["Tags"],
    recorded: ["ClientIdList", "ThumbprintList", "Url"],
    note: "Trust policies may name it; no token of an outside issuer is exchanged here.",
  },
  async create({ properties, call, cloud, account, token, tags }) {
    const { Url = "", ClientIdList, ThumbprintList } = properties;
    const arn = arnOf(account, Url);
    if (!isOidcProviderOf(cloud, arn, token)) {
      const { own, system } = splitTags(tags, properties.Tags);
      const input = {
        Url,
        ...(ClientIdList && { ClientIDList: ClientIdList }),
        ...(ThumbprintList && { ThumbprintList }),
        ...(own.length > 0 && { Tags: own }),
      };
      await call("iam", "CreateOpenIDConnectProvider", withOrigin(input, { tags: system, token }));
    }
    return made(arn);
  },
  async update({ properties, previous, physicalId: OpenIDConnectProviderArn, call, tags }) {
    const provider = { OpenIDConnectProviderArn };
    for (const ClientID of added(properties.ClientIdList, previous.ClientIdList))
      await call("iam", "AddClientIDToOpenIDConnectProvider", { ...provider, ClientID });
    for (const ClientID of added(previous.ClientIdList, properties.ClientIdList))
      await call("iam", "RemoveClientIDFromOpenIDConnectProvider", { ...provider, ClientID });
    const { ThumbprintList = [] } = properties;
    if (JSON.stringify(ThumbprintList) !== JSON.stringify(previous.ThumbprintList ?? []))
      await call("iam", "UpdateOpenIDConnectProviderThumbprint", { ...provider, ThumbprintList });
    const { own } = splitTags(tags, properties.Tags);
    const { Tags = [] } = await call("iam", "ListOpenIDConnectProviderTags", provider);
    const TagKeys = Tags.map(({ Key }) => Key!).filter((key) => !own.some(({ Key }) => Key === key));
    if (TagKeys.length > 0) await call("iam", "UntagOpenIDConnectProvider", { ...provider, TagKeys });
    if (own.length > 0) await call("iam", "TagOpenIDConnectProvider", { ...provider, Tags: own });
    return made(OpenIDConnectProviderArn);
  },
  async delete({ call, physicalId }: Pick<ResourceRequest<Properties>, "call"> & { physicalId: string }) {
    await gone(() => call("iam", "DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn: physicalId }));
  },
});

const arnOf = (account: string, url: string) =>
  `arn:aws:iam::${account}:oidc-provider/${url.replace(/^https?:\/\//, "").replace(/\/$/, "")}`;

const made = (arn: string): Made => ({ physicalId: arn, attributes: { Arn: arn } });
