/** AWS::WAFv2::WebACL. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import type { Made } from "../../../resource.ts";
import { resource } from "../../../resource.ts";
import type { Call } from "../../../service.ts";
import { createInput, ownSummary, partsOf, physicalIdOf, retag, unlessGone, updateInput } from "./named.ts";
import { apiRules } from "./rules.ts";

type Contents = Input<"wafv2", "CreateWebACL">;
type Properties = ResourceProperties["AWS::WAFv2::WebACL"];

export const webAcl = resource("AWS::WAFv2::WebACL", {
  coverage: {
    real: ["CustomResponseBodies", "DefaultAction", "Description", "Name", "Rules", "Scope", "Tags", "VisibilityConfig"],
    recorded: ["AssociationConfig", "CaptchaConfig", "ChallengeConfig", "TokenDomains"],
    refused: {
      ApplicationConfig: "applications are not part of web ACLs in the embedded cloud",
      DataProtectionConfig: "logs are redacted by their own configuration alone",
      MonetizationConfig: "nothing is sold in the embedded cloud",
      OnSourceDDoSProtectionConfig: "the load balancer does not defend itself by itself",
    },
    note: "Requests through load balancers are inspected. Statements, actions and managed groups that are refused are named by the operation.",
  },
  async create(request) {
    const { Summary } = await request.call("wafv2", "CreateWebACL", createInput(request, contents(request.properties)));
    return made(request.call, physicalIdOf(Summary!.Name!, Summary!.Id!, request.properties.Scope));
  },
  async find(request) {
    const scope = request.properties.Scope as "REGIONAL";
    const found = await ownSummary(request, async (NextMarker) => {
      const page = await request.call("wafv2", "ListWebACLs", { Scope: scope, NextMarker });
      return { summaries: page.WebACLs, NextMarker: page.NextMarker };
    });
    return found && made(request.call, physicalIdOf(found.Name!, found.Id!, scope));
  },
  async update(request) {
    const { WebACL, LockToken } = await request.call("wafv2", "GetWebACL", partsOf(request.physicalId));
    await request.call("wafv2", "UpdateWebACL", updateInput(request, LockToken, contents(request.properties)));
    await retag(request, WebACL!.ARN!);
    return made(request.call, request.physicalId);
  },
  async delete({ call, physicalId }) {
    const found = await call("wafv2", "GetWebACL", partsOf(physicalId)).catch(unlessGone);
    if (found) await call("wafv2", "DeleteWebACL", { ...partsOf(physicalId), LockToken: found.LockToken! });
  },
});

function contents(properties: Properties) {
  const { CustomResponseBodies, CaptchaConfig, ChallengeConfig, TokenDomains, AssociationConfig } = properties;
  return {
    DefaultAction: properties.DefaultAction as Contents["DefaultAction"],
    Rules: apiRules(properties.Rules) as NonNullable<Contents["Rules"]>,
    VisibilityConfig: properties.VisibilityConfig as Contents["VisibilityConfig"],
    ...(CustomResponseBodies && { CustomResponseBodies: CustomResponseBodies as NonNullable<Contents["CustomResponseBodies"]> }),
    ...(CaptchaConfig && { CaptchaConfig: CaptchaConfig as NonNullable<Contents["CaptchaConfig"]> }),
    ...(ChallengeConfig && { ChallengeConfig: ChallengeConfig as NonNullable<Contents["ChallengeConfig"]> }),
    ...(TokenDomains && { TokenDomains }),
    ...(AssociationConfig && { AssociationConfig: AssociationConfig as NonNullable<Contents["AssociationConfig"]> }),
  };
}

async function made(call: Call, physicalId: string): Promise<Made> {
  const { WebACL } = await call("wafv2", "GetWebACL", partsOf(physicalId));
  const { ARN, Id, Capacity, LabelNamespace } = WebACL!;
  return { physicalId, attributes: { Arn: ARN!, Id: Id!, Capacity: Number(Capacity), LabelNamespace: LabelNamespace! } };
}
