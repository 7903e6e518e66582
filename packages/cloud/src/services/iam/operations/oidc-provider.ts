/** The operations on OpenID Connect providers. They are kept; no token of theirs is exchanged, so no web identity takes a role here. */
import type { Cloud } from "../../../cloud.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { entityAlreadyExists, invalidInput, limitExceeded, noSuchEntity, validationError } from "../errors.ts";
import { check, checkedTags, mergedTags, tagList, withoutTags } from "../names.ts";
import { page } from "../pages.ts";

interface Provider {
  arn: string;
  /** Without its scheme, as AWS answers it. */
  url: string;
  clientIds: string[];
  thumbprints: string[];
  tags: Record<string, string>;
  createdMs: number;
  /** Of the act of CloudFormation that made it. */
  token?: string;
}

const mostClientIds = 100;
const mostThumbprints = 5;

const providers = ({ cloud }: { cloud: Cloud }) => cloud.store.collection<Provider>("iam:oidc-provider");

/** Whether that act of CloudFormation has made it already. */
export const isOidcProviderOf = (cloud: Cloud, arn: string, token: string) => providers({ cloud }).get("global", arn)?.token === token;

export const oidcProviderArns = (context: OperationContext) =>
  providers(context)
    .list("global")
    .map(({ arn }) => arn);

function mustFind(context: OperationContext, arn: string): Provider {
  const found = providers(context).get("global", arn);
  if (!found) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return found;
}

function checkMembers(clientIds: readonly string[], thumbprints: readonly string[], url?: string): void {
  check({
    clientIDList: [clientIds, { members: { length: [1, 255] } }],
    thumbprintList: [thumbprints, { members: { length: [40, 40] } }],
    url: [url, { length: [1, 255] }],
  });
  if (thumbprints.length > mostThumbprints) throw invalidInput(`Thumbprint list must contain fewer than ${mostThumbprints} entries.`);
  if (clientIds.length > mostClientIds) throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${mostClientIds}`);
}

export const createOpenIDConnectProvider = operation("iam", "CreateOpenIDConnectProvider", (input, context) => {
  const clientIds = [...new Set(input.ClientIDList)];
  const thumbprints = [...new Set(input.ThumbprintList)];
  checkMembers(clientIds, thumbprints, input.Url);
  if (!/^https?:\/\//.test(input.Url!) || !URL.canParse(input.Url!)) throw validationError("Invalid Open ID Connect Provider URL");
  const { host, pathname } = new URL(input.Url!);
  const url = `${host}${pathname.replace(/\/$/, "")}`;
  const token = originOf(input)?.token;
  const arn = `arn:aws:iam::${context.account}:oidc-provider/${url}`;
  const tags = checkedTags(input.Tags);
  if (providers(context).has("global", arn)) throw entityAlreadyExists(`Provider with url ${input.Url} already exists.`);
  const createdMs = context.cloud.world.clock.nowMs();
  providers(context).put("global", arn, { arn, url, clientIds, thumbprints, tags, createdMs, ...(token !== undefined && { token }) });
  return { OpenIDConnectProviderArn: arn, Tags: tagList(tags) };
});

export const getOpenIDConnectProvider = operation("iam", "GetOpenIDConnectProvider", (input, context) => {
  const { url, clientIds, thumbprints, tags, createdMs } = mustFind(context, input.OpenIDConnectProviderArn!);
  return { Url: url, ClientIDList: clientIds, ThumbprintList: thumbprints, CreateDate: new Date(createdMs), Tags: tagList(tags) };
});

export const listOpenIDConnectProviders = operation("iam", "ListOpenIDConnectProviders", (_input, context) => ({
  OpenIDConnectProviderList: oidcProviderArns(context).map((Arn) => ({ Arn })),
}));

export const deleteOpenIDConnectProvider = operation("iam", "DeleteOpenIDConnectProvider", (input, context) => {
  const arn = input.OpenIDConnectProviderArn!;
  // The reference promises success for one that is not there; AWS answers so.
  if (!providers(context).delete("global", arn)) throw noSuchEntity(`OpenId connect Provider ${arn} cannot be found.`);
  return {};
});

export const updateOpenIDConnectProviderThumbprint = operation("iam", "UpdateOpenIDConnectProviderThumbprint", (input, context) => {
  const provider = mustFind(context, input.OpenIDConnectProviderArn!);
  checkMembers([], input.ThumbprintList!);
  providers(context).put("global", provider.arn, { ...provider, thumbprints: [...new Set(input.ThumbprintList)] });
  return {};
});

export const addClientIDToOpenIDConnectProvider = operation("iam", "AddClientIDToOpenIDConnectProvider", (input, context) => {
  const provider = mustFind(context, input.OpenIDConnectProviderArn!);
  const clientIds = [...new Set([...provider.clientIds, input.ClientID!])];
  checkMembers(clientIds, []);
  providers(context).put("global", provider.arn, { ...provider, clientIds });
  return {};
});

export const removeClientIDFromOpenIDConnectProvider = operation("iam", "RemoveClientIDFromOpenIDConnectProvider", (input, context) => {
  const provider = mustFind(context, input.OpenIDConnectProviderArn!);
  providers(context).put("global", provider.arn, { ...provider, clientIds: provider.clientIds.filter((id) => id !== input.ClientID) });
  return {};
});

export const tagOpenIDConnectProvider = operation("iam", "TagOpenIDConnectProvider", (input, context) => {
  const provider = mustFind(context, input.OpenIDConnectProviderArn!);
  providers(context).put("global", provider.arn, { ...provider, tags: mergedTags(provider.tags, checkedTags(input.Tags)) });
  return {};
});

export const untagOpenIDConnectProvider = operation("iam", "UntagOpenIDConnectProvider", (input, context) => {
  const provider = mustFind(context, input.OpenIDConnectProviderArn!);
  providers(context).put("global", provider.arn, { ...provider, tags: withoutTags(provider.tags, input.TagKeys!) });
  return {};
});

export const listOpenIDConnectProviderTags = operation("iam", "ListOpenIDConnectProviderTags", (input, context) => {
  const { arn, tags } = mustFind(context, input.OpenIDConnectProviderArn!);
  const { items, rest } = page(tagList(tags), input, `tags ${arn}`, ({ Key }) => Key);
  return { Tags: items, ...rest };
});
