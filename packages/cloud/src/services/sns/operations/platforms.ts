/** The operations of platform applications and their endpoints. */
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidParameter } from "../errors.ts";
import { applications, endpoints, endpointsOf, findApplication, findEndpoint } from "../platforms.ts";

const platforms = "ADM APNS APNS_SANDBOX APNS_VOIP APNS_VOIP_SANDBOX BAIDU GCM MACOS MACOS_SANDBOX MPNS WNS".split(" ");
const applicationAttributes =
  /^(PlatformCredential|PlatformPrincipal|Event(EndpointCreated|EndpointDeleted|EndpointUpdated)|EventDeliveryFailure|SuccessFeedbackRoleArn|FailureFeedbackRoleArn|SuccessFeedbackSampleRate|ApplePlatform(TeamID|BundleID)|Enabled)$/u;

/** Secrets are not kept. */
function keptAttributes(given: Readonly<Record<string, string>>): Record<string, string> {
  const unknown = Object.keys(given).find((name) => !applicationAttributes.test(name));
  if (unknown !== undefined) throw invalidParameter(`Attributes Reason: Invalid attribute name: ${unknown}`);
  const { PlatformCredential: _credential, PlatformPrincipal: _principal, ...kept } = given;
  return kept;
}

export const createPlatformApplication = operation("sns", "CreatePlatformApplication", (input, { cloud, region, account }) => {
  const { Name: name, Platform: platform } = input;
  if (!platforms.includes(platform)) throw invalidParameter(`Platform Reason: ${platform} is not supported`);
  if (!/^[\w.-]{1,256}$/u.test(name))
    throw invalidParameter(`${name} Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'`);
  if (!(input.Attributes as Record<string, string>)["PlatformCredential"])
    throw invalidParameter("Attributes Reason: PlatformCredential is required");
  const arn = `arn:aws:sns:${region}:${account}:app/${platform}/${name}`;
  const attributes = { Enabled: "true", ...keptAttributes(input.Attributes as Record<string, string>) };
  applications(cloud).put(region, arn, { arn, platform, name, attributes });
  return { PlatformApplicationArn: arn };
});

/** Also of one that is not there. */
export const deletePlatformApplication = operation("sns", "DeletePlatformApplication", (input, context) => {
  const { cloud, region } = context;
  cloud.store.transaction(() => {
    for (const { arn } of endpointsOf(context, input.PlatformApplicationArn)) endpoints(cloud).delete(region, arn);
    applications(cloud).delete(region, input.PlatformApplicationArn);
  });
  return {};
});

export const getPlatformApplicationAttributes = operation("sns", "GetPlatformApplicationAttributes", (input, context) => ({
  Attributes: findApplication(context, input.PlatformApplicationArn).attributes,
}));

export const setPlatformApplicationAttributes = operation("sns", "SetPlatformApplicationAttributes", (input, context) => {
  const found = findApplication(context, input.PlatformApplicationArn);
  const attributes = { ...found.attributes, ...keptAttributes(input.Attributes as Record<string, string>) };
  applications(context.cloud).put(context.region, found.arn, { ...found, attributes });
  return {};
});

export const listPlatformApplications = operation("sns", "ListPlatformApplications", (input, { cloud, region }) => {
  const page = pageOf(applications(cloud).list(region), {
    size: 100,
    token: input.NextToken,
    keyOf: ({ arn }) => arn,
    query: "ListPlatformApplications",
    invalid: () => invalidParameter("NextToken"),
  });
  return {
    PlatformApplications: page.items.map(({ arn, attributes }) => ({ PlatformApplicationArn: arn, Attributes: attributes })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});

export const createPlatformEndpoint = operation("sns", "CreatePlatformEndpoint", (input, context) => {
  const { cloud, region } = context;
  const application = findApplication(context, input.PlatformApplicationArn);
  const given = input.Attributes ?? {};
  checkEndpointAttributes(given as Record<string, string>);
  const attributes: Record<string, string> = {
    Enabled: "true",
    ...(given as Record<string, string>),
    Token: input.Token,
    ...(input.CustomUserData !== undefined && { CustomUserData: input.CustomUserData }),
  };
  const existing = endpointsOf(context, application.arn).find((each) => each.attributes["Token"] === input.Token);
  if (existing) {
    const same = ["Enabled", "CustomUserData"].every((name) => existing.attributes[name] === attributes[name]);
    if (same) return { EndpointArn: existing.arn };
    throw invalidParameter(`Token Reason: Endpoint ${existing.arn} already exists with the same Token, but different attributes.`);
  }
  const arn = `${application.arn.replace(":app/", ":endpoint/")}/${cloud.world.random.uuid()}`;
  endpoints(cloud).put(region, arn, { arn, applicationArn: application.arn, attributes });
  return { EndpointArn: arn };
});

function checkEndpointAttributes(given: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (!["Token", "Enabled", "CustomUserData"].includes(name))
      throw invalidParameter(`Attributes Reason: Invalid attribute name: ${name}`);
    if (name === "Enabled" && !/^(true|false)$/iu.test(value))
      throw invalidParameter(`Attributes Reason: Invalid value for attribute: Enabled: ${value}`);
    if (name === "CustomUserData" && Buffer.byteLength(value) > 2048)
      throw invalidParameter(
        "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding",
      );
  }
}

export const deleteEndpoint = operation("sns", "DeleteEndpoint", (input, { cloud, region }) => {
  endpoints(cloud).delete(region, input.EndpointArn);
  return {};
});

export const getEndpointAttributes = operation("sns", "GetEndpointAttributes", (input, context) => ({
  Attributes: findEndpoint(context, input.EndpointArn).attributes,
}));

export const setEndpointAttributes = operation("sns", "SetEndpointAttributes", (input, context) => {
  const found = findEndpoint(context, input.EndpointArn);
  const given = input.Attributes as Record<string, string>;
  checkEndpointAttributes(given);
  endpoints(context.cloud).put(context.region, found.arn, { ...found, attributes: { ...found.attributes, ...given } });
  return {};
});

export const listEndpointsByPlatformApplication = operation("sns", "ListEndpointsByPlatformApplication", (input, context) => {
  const application = findApplication(context, input.PlatformApplicationArn);
  const page = pageOf(endpointsOf(context, application.arn), {
    size: 100,
    token: input.NextToken,
    keyOf: ({ arn }) => arn,
    query: application.arn,
    invalid: () => invalidParameter("NextToken"),
  });
  return {
    Endpoints: page.items.map(({ arn, attributes }) => ({ EndpointArn: arn, Attributes: attributes })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});
